/** Big-endian unsigned integer of 1 to 6 bytes. */
export const writeUint = (value: number, byteCount: number): Buffer => {
  const bytes = Buffer.alloc(byteCount);
  bytes.writeUIntBE(value, 0, byteCount);
  return bytes;
};

export const readUint = (bytes: Uint8Array): number => {
  let value = 0;
  for (const byte of bytes) value = value * 256 + byte;
  return value;
};
