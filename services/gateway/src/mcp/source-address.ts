import { BlockList, isIP } from 'node:net';
import type { IncomingMessage } from 'node:http';

/**
 * Who calls: the peer's address, or, when the peer is a trusted proxy, the last address of `X-Forwarded-For` that is
 * not one. Addresses further left are the caller's own claim and are not believed.
 */
export class SourceAddress {
  private readonly trusted = new BlockList();
  private readonly trusting: boolean;

  constructor(trustedProxies: readonly string[]) {
    for (const range of trustedProxies) {
      const [address = '', prefix] = range.split('/');
      const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
      if (isIP(address) === 0) throw new Error(`${range} is neither an address nor a CIDR range`);
      if (prefix === undefined) this.trusted.addAddress(address, family);
      else this.trusted.addSubnet(address, Number(prefix), family);
    }
    this.trusting = trustedProxies.length > 0;
  }

  of(request: IncomingMessage): string {
    const peer = plain(request.socket.remoteAddress ?? '');
    if (!this.trusting || !this.isTrusted(peer)) return peer;
    const forwarded = request.headers['x-forwarded-for'];
    if (typeof forwarded !== 'string') return peer;
    const chain = forwarded.split(',').map((hop) => plain(hop.trim()));
    for (let hop = chain.length - 1; hop >= 0; hop -= 1) {
      const address = chain[hop]!;
      // What is not an address cannot be looked behind.
      if (isIP(address) === 0) return peer;
      if (!this.isTrusted(address)) return address;
    }
    return chain[0] ?? peer;
  }

  private isTrusted(address: string): boolean {
    const version = isIP(address);
    return version !== 0 && this.trusted.check(address, version === 6 ? 'ipv6' : 'ipv4');
  }
}

function plain(address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice('::ffff:'.length) : address;
}
