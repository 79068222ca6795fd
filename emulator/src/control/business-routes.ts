import { z } from 'zod';
import { changeBusiness, DAYS, endBusiness, OPENING_MODES, PRODUCTS_MAX } from '../people/business.ts';
import type { Business } from '../world/types.ts';
import type { World } from '../world/world.ts';
import { ControlError } from './errors.ts';
import { requireAccount } from './lookup.ts';
import { errorSchema, numberParams } from './schemas.ts';
import type { ControlServer } from './server.ts';

const MINUTES_MAX = 24 * 60;
const text = (charsMax: number) => z.string().max(charsMax).optional();
const minutesSchema = z.number().int().min(0).max(MINUTES_MAX).optional();

const productSchema = z.strictObject({
  id: z.string().min(1).max(64),
  name: z.string().min(1).max(200),
  description: text(5000),
  retailer_id: text(100),
  url: text(2000),
  /** In thousandths of the currency. */
  price: z.number().int().min(0),
  currency: z.string().length(3),
  image_urls: z.array(z.string().max(2000)).max(10).default([]),
  hidden: z.boolean().default(false),
});
const collectionSchema = z.strictObject({
  id: z.string().min(1).max(64),
  name: z.string().min(1).max(200),
  products: z.array(z.string().max(64)).max(PRODUCTS_MAX),
});
const hoursSchema = z.strictObject({
  timezone: z.string().max(100),
  days: z
    .array(
      z.strictObject({
        day: z.enum(DAYS),
        mode: z.enum(OPENING_MODES),
        open_minutes: minutesSchema,
        close_minutes: minutesSchema,
      }),
    )
    .max(50),
});
const businessSchema = z.strictObject({
  address: text(1000),
  description: text(5000),
  websites: z.array(z.string().max(500)).max(2).default([]),
  email: text(200),
  category: text(200),
  hours: hoursSchema.optional(),
  products: z.array(productSchema).max(PRODUCTS_MAX).default([]),
  collections: z.array(collectionSchema).max(100).default([]),
});

const readBusiness = ({ hours, products, ...rest }: z.infer<typeof businessSchema>): Business => ({
  ...rest,
  hours: hours && {
    timezone: hours.timezone,
    days: hours.days.map(({ open_minutes: openMinutes, close_minutes: closeMinutes, ...day }) => ({
      ...day,
      openMinutes,
      closeMinutes,
    })),
  },
  products: products.map(({ retailer_id: retailerId, image_urls: images, ...product }) => ({
    ...product,
    retailerId,
    images,
  })),
});

const viewBusiness = ({ hours, products, ...rest }: Business) => ({
  ...rest,
  hours: hours && {
    timezone: hours.timezone,
    days: hours.days.map(({ openMinutes, closeMinutes, ...day }) => ({
      ...day,
      open_minutes: openMinutes,
      close_minutes: closeMinutes,
    })),
  },
  products: products.map(({ retailerId, images, ...product }) => ({
    ...product,
    retailer_id: retailerId,
    image_urls: images,
  })),
});

/** Phones that are businesses: what they say of themselves and what they sell. */
export const addBusinessRoutes = (server: ControlServer, world: World): void => {
  const path = '/control/phones/:number/business';
  server.get(
    path,
    {
      schema: {
        summary: 'What the business says of itself, with its catalogue; 404 for people',
        params: numberParams,
        response: { 200: businessSchema, 404: errorSchema },
      },
    },
    async (request) => {
      const { business } = requireAccount(world, request.params.number).account;
      if (!business) throw new ControlError('business_not_found', 'this phone is no business');
      return viewBusiness(business);
    },
  );
  server.put(
    path,
    {
      schema: {
        summary: 'Make the phone a business, or change the whole of what it says of itself and sells',
        params: numberParams,
        body: businessSchema,
        response: { 200: businessSchema, 404: errorSchema },
      },
    },
    async (request) => {
      const state = requireAccount(world, request.params.number);
      return viewBusiness(changeBusiness(world, state, readBusiness(request.body)));
    },
  );
  server.delete(
    path,
    { schema: { summary: 'Make it a person again', params: numberParams, response: { 204: z.null() } } },
    async (request, reply) => {
      endBusiness(world, requireAccount(world, request.params.number));
      return reply.code(204).send(null);
    },
  );
};
