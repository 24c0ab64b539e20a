/** A UUIDv8 (RFC 9562) of 16 bytes, such as the first of a digest: what is named the same gets the same id. Pure. */
export function uuidV8(bytes: Uint8Array): string {
  if (bytes.length < 16) throw new Error('A UUIDv8 needs 16 bytes.');
  const own = Uint8Array.from(bytes.subarray(0, 16));
  own[6] = ((own[6] as number) & 0x0f) | 0x80;
  own[8] = ((own[8] as number) & 0x3f) | 0x80;
  const hex = Array.from(own, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
