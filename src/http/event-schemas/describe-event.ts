import type * as z from 'zod';

/** One kind of event as receivers know it. */
export type EventDescription = {
  /** A sentence's end: "it comes when ...". */
  readonly when: string;
  /** What stands under `data`. Fields are added, never renamed and never given another meaning. */
  readonly data: z.ZodObject;
  readonly example: Readonly<Record<string, unknown>>;
};

/** An entry of the table; the compiler holds the example against the schema. */
export const describeEvent = <T extends z.ZodObject>(when: string, data: T, example: z.output<T>) => ({
  when,
  data,
  example,
});
