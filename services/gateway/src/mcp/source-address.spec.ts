import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { SourceAddress } from './source-address.js';

const from = (remoteAddress: string, forwarded?: string) =>
  ({
    socket: { remoteAddress },
    headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded },
  }) as unknown as IncomingMessage;

describe('SourceAddress', () => {
  it('is the peer, whatever a stranger claims', () => {
    const source = new SourceAddress([]);
    expect(source.of(from('::ffff:10.0.0.1', '6.6.6.6'))).toBe('10.0.0.1');
    expect(source.of(from('2001:db8::1'))).toBe('2001:db8::1');
    expect(new SourceAddress(['10.1.0.0/16']).of(from('10.2.0.1', '6.6.6.6'))).toBe('10.2.0.1');
  });

  it('is the last hop that is no trusted proxy', () => {
    const source = new SourceAddress(['10.0.0.0/8', '2001:db8::/32', '192.0.2.7']);
    expect(source.of(from('10.0.0.1', '6.6.6.6, 203.0.113.9, 192.0.2.7, 10.9.9.9'))).toBe('203.0.113.9');
    expect(source.of(from('2001:db8::5', '203.0.113.9'))).toBe('203.0.113.9');
    expect(source.of(from('10.0.0.1', '10.0.0.2'))).toBe('10.0.0.2');
    expect(source.of(from('10.0.0.1'))).toBe('10.0.0.1');
  });

  it('does not look behind what is no address', () => {
    expect(new SourceAddress(['10.0.0.0/8']).of(from('10.0.0.1', '203.0.113.9, unknown'))).toBe('10.0.0.1');
  });

  it('refuses ranges that are none', () => {
    expect(() => new SourceAddress(['example.com'])).toThrow('neither an address nor a CIDR range');
  });
});
