/** Gives a number in [0, 1). For spreading waits; never for secrets. */
export const random = (): number => Math.random();
