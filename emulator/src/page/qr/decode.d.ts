/** What the page uses of the package `qr`, whose reader the emulator serves at this place. */
export declare const decodeQR: (
  image: { width: number; height: number; data: Uint8ClampedArray },
  options?: { effort?: number; timeLimit?: number },
) => string;
