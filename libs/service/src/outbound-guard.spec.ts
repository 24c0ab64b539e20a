import { createServer } from 'node:http';
import type { AddressInfo, LookupFunction } from 'node:net';
import { request } from 'undici';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { guardedAgent, isAllowedAddress, isAllowedUpstream, OutboundRefused } from './outbound-guard.js';

describe('outbound guard', () => {
  it.each(['93.184.216.34', '1.1.1.1', '172.32.0.1', '100.128.0.1', '2606:4700:4700::1111'])(
    'lets %s through',
    (address) => {
      expect(isAllowedAddress(address, false)).toBe(true);
    },
  );

  it.each([
    '10.1.2.3',
    '127.0.0.1',
    '127.255.0.9',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '100.64.0.1',
    '198.18.0.1',
    '::1',
    'fd00::1',
    'fc00::1',
    '::ffff:127.0.0.1',
    '::ffff:10.0.0.1',
    '::ffff:7f00:1',
  ])('lets %s through only where upstreams are private', (address) => {
    expect(isAllowedAddress(address, false)).toBe(false);
    expect(isAllowedAddress(address, true)).toBe(true);
  });

  it.each([
    '0.0.0.0',
    '169.254.169.254',
    '::ffff:169.254.169.254',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    'fe80::1',
    'fe80::1%eth0',
    'ff02::1',
    '64:ff9b::7f00:1',
    '2002:7f00:1::',
    '2001::1',
    'not an address',
    '',
    // IPv4-compatible and translated addresses, and the other places where clouds keep credentials.
    '::127.0.0.1',
    '::a00:1',
    '::169.254.169.254',
    '::ffff:0:127.0.0.1',
    '100.100.100.200',
    '::ffff:100.100.100.200',
    '168.63.129.16',
    'fd00:ec2::254',
    'fd20:ce::254',
    '64:ff9b::10.0.0.1',
    '2002:a00:1::1',
    '0:0:0:0:0:ffff:a9fe:a9fe',
  ])('never lets "%s" through', (address) => {
    expect(isAllowedAddress(address, false)).toBe(false);
    expect(isAllowedAddress(address, true)).toBe(false);
  });

  it.each([
    // However it is written, a URL holds the address in its plain form.
    'http://127.0.0.1/',
    'http://2130706433/',
    'http://0x7f.1/',
    'http://0177.0.0.1/',
    'http://[::1]/',
    'http://[::ffff:7f00:1]/',
    'http://localhost/',
    'http://LOCALHOST./',
    'http://a.localhost/',
    'http://metadata.google.internal/',
    'http://postgres/',
    'http://192.168.0.1:8080/',
  ])('refuses to save %s', (url) => {
    expect(isAllowedUpstream(new URL(url), false)).toBe(false);
  });

  it.each(['https://mcp.example.com/mcp', 'http://93.184.216.34/'])('saves %s', (url) => {
    expect(isAllowedUpstream(new URL(url), false)).toBe(true);
  });

  describe('connecting', () => {
    const server = createServer((_, response) => response.end('reached'));
    let port: number;
    let requests = 0;
    server.on('request', () => (requests += 1));
    beforeEach(async () => {
      requests = 0;
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      port = (server.address() as AddressInfo).port;
    });
    afterEach(async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    });

    const resolvesTo = (...addresses: string[]): LookupFunction & { asked: number } => {
      const lookup = ((_, options, callback) => {
        lookup.asked += 1;
        if (options.all === true)
          callback(
            null,
            addresses.map((address) => ({ address, family: 4 })),
          );
        else callback(null, addresses[0] as string, 4);
      }) as LookupFunction & { asked: number };
      lookup.asked = 0;
      return lookup;
    };
    const get = async (url: string, allowPrivate: boolean, lookup?: LookupFunction) => {
      const agent = guardedAgent({ allowPrivate, ...(lookup ? { lookup } : {}) });
      try {
        const { body } = await request(url, { dispatcher: agent });
        return await body.text();
      } finally {
        await agent.destroy();
      }
    };

    it('reaches a private upstream where that is allowed', async () => {
      expect(await get(`http://127.0.0.1:${port}/`, true)).toBe('reached');
      expect(await get(`http://up.example.com:${port}/`, true, resolvesTo('127.0.0.1'))).toBe('reached');
    });

    it('refuses a literal address before a connection', async () => {
      await expect(get(`http://127.0.0.1:${port}/`, false)).rejects.toBeInstanceOf(OutboundRefused);
      expect(requests).toBe(0);
    });

    it('refuses a name that leads to a private address, even beside a public one', async () => {
      await expect(
        get(`http://up.example.com:${port}/`, false, resolvesTo('127.0.0.1')),
      ).rejects.toBeInstanceOf(OutboundRefused);
      await expect(
        get(`http://up.example.com:${port}/`, false, resolvesTo('93.184.216.34', '127.0.0.1')),
      ).rejects.toBeInstanceOf(OutboundRefused);
      expect(requests).toBe(0);
    });

    it('refuses the address of cloud credentials always', async () => {
      await expect(get('http://169.254.169.254/latest', true)).rejects.toBeInstanceOf(OutboundRefused);
    });

    it('asks DNS once for a connection', async () => {
      const lookup = resolvesTo('127.0.0.1');
      await get(`http://up.example.com:${port}/`, true, lookup);
      expect(lookup.asked).toBe(1);
    });
  });
});
