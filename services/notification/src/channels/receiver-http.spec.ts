import { describe, expect, it } from 'vitest';
import { receiverUrl, resultOf, retryAfterMs } from './receiver-http.js';

describe('the address of a receiver', () => {
  it.each([
    'https://hooks.example.com/services/T0/B0/x',
    'https://example.com:8443/x',
    'https://[2606:4700::1111]/x',
  ])('may be %s', (address) => expect(receiverUrl(address, false)).not.toBeNull());

  it.each([
    'http://example.com/x',
    'https://example.com:25/x',
    'https://user:password@example.com/x',
    'https://localhost/x',
    'https://127.0.0.1/x',
    'https://2130706433/x',
    'https://0x7f.1/x',
    'https://0177.0.0.1/x',
    'https://127.1/x',
    'https://[::1]/x',
    'https://[::ffff:127.0.0.1]/x',
    'https://[::ffff:7f00:1]/x',
    'https://[64:ff9b::7f00:1]/x',
    'https://[2002:7f00:1::]/x',
    'https://169.254.169.254/latest/meta-data',
    'https://metadata.google.internal/x',
    'https://10.0.0.1/x',
    'https://100.64.0.1/x',
    'https://192.168.1.1/x',
    'https://[fd00::1]/x',
    'https://[fe80::1]/x',
    'https://224.0.0.1/x',
    'https://0.0.0.0/x',
    'https://intranet/x',
    'ftp://example.com/x',
    'file:///etc/passwd',
    'not an address',
    '',
  ])('may not be %j', (address) => expect(receiverUrl(address, false)).toBeNull());

  it.each(['http://127.0.0.1:9000/x', 'http://receiver:8080/x'])(
    'may be %s where private receivers are allowed',
    (address) => {
      expect(receiverUrl(address, true)).not.toBeNull();
    },
  );

  it('is never one of the cloud’s metadata, whatever is allowed', () => {
    expect(receiverUrl('http://169.254.169.254/latest', true)).toBeNull();
  });
});

describe('an answer', () => {
  it.each([
    [200, 'delivered'],
    [204, 'delivered'],
    [301, 'retry'],
    [302, 'retry'],
    [400, 'refused'],
    [401, 'refused'],
    [404, 'refused'],
    [408, 'retry'],
    [410, 'gone'],
    [425, 'retry'],
    [429, 'retry'],
    [500, 'retry'],
    [503, 'retry'],
  ])('of %i is %s', (status, kind) => expect(resultOf(status, undefined, null).kind).toBe(kind));

  it('may ask for time, a day at most', () => {
    const now = Date.parse('2026-03-02T10:00:00Z');
    expect(retryAfterMs('120', now)).toBe(120_000);
    expect(retryAfterMs('Mon, 02 Mar 2026 10:01:00 GMT', now)).toBe(60_000);
    expect(retryAfterMs('999999999', now)).toBe(86_400_000);
    for (const nothing of ['', 'soon', '-5', 'Mon, 02 Mar 2026 09:00:00 GMT', undefined])
      expect(retryAfterMs(nothing, now)).toBeNull();
  });
});
