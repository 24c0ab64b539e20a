/** An address in bits: 32 of them for IPv4, 128 for IPv6. */
type Address = { readonly version: 4 | 6; readonly bits: bigint };

/** Tests whether an address of the same version lies in the range; undefined when the range is none. */
export function addressRange(text: string): ((address: string) => boolean) | undefined {
  const [start = '', length = ''] = text.split('/');
  const range = addressOf(start);
  if (range === undefined) return undefined;
  const width = range.version === 4 ? 32 : 128;
  if (Number(length) > width) return undefined;
  const shift = BigInt(width - Number(length));
  return (address) => {
    const found = addressOf(address);
    return found?.version === range.version && found.bits >> shift === range.bits >> shift;
  };
}

function addressOf(text: string): Address | undefined {
  if (text.length > 45) return undefined;
  if (text.includes(':')) {
    const bits = v6(text);
    return bits === undefined ? undefined : { version: 6, bits };
  }
  const bits = v4(text);
  return bits === undefined ? undefined : { version: 4, bits: BigInt(bits) };
}

function v4(text: string): number | undefined {
  // A leading zero would be octal to some: ClickHouse takes such a text for no address.
  if (!/^(0|[1-9]\d{0,2})(\.(0|[1-9]\d{0,2})){3}$/.test(text)) return undefined;
  const parts = text.split('.').map(Number);
  return parts.some((part) => part > 255) ? undefined : parts.reduce((sum, part) => sum * 256 + part, 0);
}

function v6(text: string): bigint | undefined {
  const tail = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text);
  const embedded = tail ? v4(tail[2] ?? '') : undefined;
  if (tail && embedded === undefined) return undefined;
  const plain =
    tail && embedded !== undefined
      ? `${tail[1]}${(embedded >>> 16).toString(16)}:${(embedded & 0xffff).toString(16)}`
      : text;
  const halves = plain.split('::');
  if (halves.length > 2) return undefined;
  const [head = [], rest = []] = halves.map((half) => (half === '' ? [] : half.split(':')));
  const missing = 8 - head.length - rest.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined;
  const groups = [...head, ...Array<string>(missing).fill('0'), ...rest];
  if (!groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return undefined;
  return groups.reduce((sum, group) => (sum << 16n) | BigInt(`0x${group}`), 0n);
}
