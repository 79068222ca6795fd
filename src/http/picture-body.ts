import * as z from 'zod';

const jpegBytesMax = 150_000;

/** A picture of a number or of a group. */
export const pictureBody = z
  .strictObject({
    jpeg: z
      .base64()
      .max(Math.ceil(jpegBytesMax / 3) * 4)
      .refine(
        (text) =>
          Buffer.from(text.slice(0, 4), 'base64')
            .subarray(0, 2)
            .equals(Buffer.from([0xff, 0xd8])),
        {
          message: 'Must be a JPEG in base64',
        },
      )
      .meta({
        description: `A square JPEG of at most ${jpegBytesMax} bytes, in base64; 640 by 640 is what WhatsApp uses.`,
      }),
  })
  .meta({ examples: [{ jpeg: '/9j/4AAQSkZJRg==' }] });
