import * as z from 'zod';
import type { BusinessProfile, PublicProfile } from '../domain/contacts/index.ts';
import { exampleTime, renderTimeOrNull, timeOut } from './schemas.ts';

export const weekdays = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;

const businessSchema = z.object({
  description: z.string().nullable(),
  category: z.string().nullable(),
  address: z.string().nullable(),
  email: z.string().nullable(),
  websites: z.array(z.string()),
  timezone: z.string().nullable(),
  hours: z.array(
    z.object({
      day: z.enum(weekdays),
      mode: z.enum(['specific_hours', 'open_24h', 'appointment_only']),
      open_minutes: z.int().optional().meta({ description: 'Of `specific_hours`, since midnight there.' }),
      close_minutes: z.int().optional(),
    }),
  ),
});

const renderBusiness = ({ websites, hours, ...rest }: BusinessProfile): z.output<typeof businessSchema> => ({
  ...rest,
  websites: [...websites],
  hours: hours.map((one) =>
    one.mode === 'specific_hours'
      ? { day: one.day, mode: one.mode, open_minutes: one.openMinutes, close_minutes: one.closeMinutes }
      : one,
  ),
});

export const profileSchema = z
  .object({
    about: z.string().nullable().meta({ description: 'Null where there is none, or none for this number to see.' }),
    about_set_at: timeOut('When it was set.').nullable(),
    picture_url: z.string().nullable().meta({
      description: "On WhatsApp's own host, for a few days. Null where there is none, or none for this number to see.",
    }),
    business: businessSchema.nullable().meta({ description: 'What a business tells of itself.' }),
  })
  .meta({
    id: 'Profile',
    examples: [
      {
        about: 'Baking since 1907',
        about_set_at: exampleTime,
        picture_url: 'https://pps.whatsapp.net/v/t61/…',
        business: null,
      },
    ],
  });

export const renderProfile = (profile: PublicProfile): z.output<typeof profileSchema> => ({
  about: profile.about,
  about_set_at: renderTimeOrNull(profile.aboutSetAtMs),
  picture_url: profile.pictureUrl,
  business: profile.business && renderBusiness(profile.business),
});
