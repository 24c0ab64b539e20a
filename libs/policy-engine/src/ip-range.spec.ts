import { describe, expect, it } from 'vitest';
import { IpRanges, parseIp, parseIpRange } from './ip-range.js';

const inside = (range: string, ip: string) => new IpRanges([parseIpRange(range)!]).contains(parseIp(ip)!);

describe('ip ranges', () => {
  it.each([
    ['10.0.0.0/8', '10.255.1.2', true],
    ['10.0.0.0/8', '11.0.0.0', false],
    ['0.0.0.0/0', '203.0.113.9', true],
    ['203.0.113.9', '203.0.113.9', true],
    ['203.0.113.9/32', '203.0.113.8', false],
    ['192.168.128.0/17', '192.168.127.255', false],
    ['255.255.255.254/31', '255.255.255.255', true],
    ['10.0.0.0/8', '::ffff:10.1.2.3', true],
    ['::ffff:10.0.0.0/104', '10.1.2.3', true],
    ['2001:db8::/32', '2001:db8:1::5', true],
    ['2001:db8::/32', '2001:db9::', false],
    ['::1', '::1', true],
    ['fe80::/10', 'fe80::1%eth0', true],
    ['::/0', '::5', true],
    ['::/0', '10.0.0.1', false],
    ['0.0.0.0/0', '::5', false],
    ['2001:db8::8000:0:0:0/65', '2001:db8::7fff:0:0:0', false],
    ['1:2:3:4:5:6:7:8', '1:2:3:4:5:6:0.7.0.8', true],
  ])('%s and %s: %s', (range, ip, expected) => expect(inside(range, ip)).toBe(expected));

  it.each([
    '',
    '10.0.0',
    '10.0.0.256',
    '010.0.0.1',
    '1.2.3.4.5',
    ':',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '12345::',
    'g::',
    '1:2:3:4:5:6:7:8::',
    ' 10.0.0.1',
    '::1.2.3',
    'a'.repeat(999),
  ])('"%s" is no address', (text) => expect(parseIp(text)).toBeNull());

  it.each([
    '10.0.0.0/33',
    '10.0.0.1/8',
    '10.0.0.0/',
    '10.0.0.0/08',
    '10.0.0.0/8/8',
    '::/129',
    '2001:db8::1/32',
    '::ffff:0:0/95',
    'fe80::%eth0/10',
  ])('"%s" is no range', (text) => expect(parseIpRange(text)).toBeNull());
});
