const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** A UUIDv7 (RFC 9562) of a time in milliseconds and 10 random bytes. Pure: clock and randomness come in. */
export function uuidV7(milliseconds: number, random: Uint8Array): string {
  if (random.length < 10) throw new Error('A UUIDv7 needs 10 random bytes.');
  const time = milliseconds.toString(16).padStart(12, '0');
  const hex = (index: number) => HEX[random[index] as number] as string;
  const versioned = HEX[0x70 | ((random[0] as number) & 0x0f)] as string;
  const variant = HEX[0x80 | ((random[2] as number) & 0x3f)] as string;
  const tail = hex(4) + hex(5) + hex(6) + hex(7) + hex(8) + hex(9);
  return `${time.slice(0, 8)}-${time.slice(8)}-${versioned}${hex(1)}-${variant}${hex(3)}-${tail}`;
}
