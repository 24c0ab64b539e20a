/** An address as four 32-bit words; IPv4 lies in the last one, and IPv4-mapped IPv6 counts as IPv4. */
export interface IpAddress {
  version: 4 | 6;
  words: readonly [number, number, number, number];
}

export interface IpRange {
  version: 4 | 6;
  words: IpAddress['words'];
  masks: IpAddress['words'];
}

/** Null when the text is not an address. A zone (`%eth0`) is ignored. */
export function parseIp(text: string): IpAddress | null {
  if (text.length > 64) return null;
  if (!text.includes(':')) {
    const word = parseV4(text);
    return word === null ? null : { version: 4, words: [0, 0, 0, word] };
  }
  return parseV6(text.split('%', 1)[0]!);
}

/** `10.0.0.0/8`, `2001:db8::/32` or one address. Null when malformed, or when bits after the prefix are set. */
export function parseIpRange(text: string): IpRange | null {
  const [address, length, ...rest] = text.split('/');
  const ip = parseIp(address!);
  if (!ip || rest.length > 0 || address!.includes('%')) return null;
  if (length === undefined) return { ...ip, masks: [~0, ~0, ~0, ~0] };
  if (!/^(0|[1-9][0-9]{0,2})$/.test(length)) return null;
  const written = Number(length);
  const bits = address!.includes(':') ? written : written + 96;
  if (bits > 128 || (ip.version === 4 && bits < 96)) return null;
  const masks = [0, 1, 2, 3].map((word) => {
    const set = Math.min(32, Math.max(0, bits - word * 32));
    return set === 0 ? 0 : ~0 << (32 - set);
  }) as [number, number, number, number];
  if (ip.words.some((word, index) => (word & ~masks[index]!) !== 0)) return null;
  return { ...ip, masks };
}

const STRIDE = 9;

/** A list of ranges laid out flat: rules test it on every request. */
export class IpRanges {
  private readonly flat: Int32Array;

  constructor(ranges: readonly IpRange[]) {
    this.flat = Int32Array.from(ranges.flatMap((range) => [range.version, ...range.words, ...range.masks]));
  }

  contains(ip: IpAddress): boolean {
    const { flat } = this;
    const [w0, w1, w2, w3] = ip.words;
    for (let at = 0; at < flat.length; at += STRIDE) {
      if (
        flat[at] === ip.version &&
        ((w0 ^ flat[at + 1]!) & flat[at + 5]!) === 0 &&
        ((w1 ^ flat[at + 2]!) & flat[at + 6]!) === 0 &&
        ((w2 ^ flat[at + 3]!) & flat[at + 7]!) === 0 &&
        ((w3 ^ flat[at + 4]!) & flat[at + 8]!) === 0
      ) {
        return true;
      }
    }
    return false;
  }
}

function parseV4(text: string): number | null {
  const octets = text.split('.');
  if (octets.length !== 4) return null;
  let word = 0;
  for (const octet of octets) {
    // A leading zero reads as octal in some stacks: refused, as no reading is safe.
    if (!/^(0|[1-9][0-9]{0,2})$/.test(octet) || Number(octet) > 255) return null;
    word = (word << 8) | Number(octet);
  }
  return word;
}

function parseV6(text: string): IpAddress | null {
  const halves = text.split('::');
  if (halves.length > 2) return null;
  const head = groupsOf(halves[0]!, halves.length === 1);
  const tail = halves.length === 2 ? groupsOf(halves[1]!, true) : [];
  if (!head || !tail) return null;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return null;
  const groups = [...head, ...new Array<number>(missing).fill(0), ...tail];
  const word = (index: number) => (groups[index * 2]! << 16) | groups[index * 2 + 1]!;
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff) {
    return { version: 4, words: [0, 0, 0, word(3)] };
  }
  return { version: 6, words: [word(0), word(1), word(2), word(3)] };
}

function groupsOf(text: string, last: boolean): number[] | null {
  if (text === '') return [];
  const groups: number[] = [];
  const parts = text.split(':');
  for (const [index, part] of parts.entries()) {
    if (last && index === parts.length - 1 && part.includes('.')) {
      const v4 = parseV4(part);
      if (v4 === null) return null;
      groups.push(v4 >>> 16, v4 & 0xffff);
    } else if (/^[0-9a-fA-F]{1,4}$/.test(part)) {
      groups.push(Number.parseInt(part, 16));
    } else {
      return null;
    }
  }
  return groups;
}
