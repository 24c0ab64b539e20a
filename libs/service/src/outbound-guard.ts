import { lookup as systemLookup, type LookupAddress } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { Agent, buildConnector } from 'undici';

/**
 * Addresses of the deployment's own network: whoever may name an upstream must not reach them, unless the deployment
 * says that its upstreams live there.
 */
const PRIVATE: readonly [string, number][] = [
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['::1', 128],
  ['fc00::', 7],
  ['fec0::', 10],
];
/**
 * Nobody's upstream or receiver: unspecified, link-local and the other places where clouds keep their credentials,
 * documentation, multicast, reserved, and IPv6 that stands for another address.
 */
const NEVER: readonly [string, number][] = [
  ['0.0.0.0', 8],
  ['169.254.0.0', 16],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
  ['::', 128],
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['100::', 64],
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['fe80::', 10],
  ['ff00::', 8],
  ['::ffff:0:0:0', 96],
  ['3fff::', 20],
  ['5f00::', 16],
  ['100.100.100.200', 32],
  ['168.63.129.16', 32],
  ['fd00:ec2::254', 128],
  ['fd20:ce::254', 128],
];
/** An IPv4 address written as IPv6 in the way of 1995. The loopback address alone is one of its own. */
const COMPATIBLE: readonly [string, number][] = [['::', 96]];

const privateAddresses = blockList(PRIVATE);
const neverAddresses = blockList(NEVER);
const compatibleAddresses = blockList(COMPATIBLE);
const ipv6Loopback = blockList([['::1', 128]]);

/** The address is one nobody may be sent to. Says nothing of the address: the message may be shown. */
export class OutboundRefused extends Error {
  override readonly name = 'OutboundRefused';
  readonly code = 'outbound.refused';

  constructor() {
    super('The address of the upstream is not allowed.');
  }
}

export interface OutboundGuardOptions {
  /** Whether upstreams may be on the deployment's own network (`PORTCULLIS_ALLOW_PRIVATE_UPSTREAMS`). */
  readonly allowPrivate: boolean;
  /** For tests; the system's resolver otherwise. */
  readonly lookup?: LookupFunction;
}

/** Whether an IP address may be connected to. What is no IP address may not. */
export function isAllowedAddress(address: string, allowPrivate: boolean): boolean {
  const plain = address.split('%')[0] as string;
  const family = isIP(plain);
  if (family === 0) return false;
  const type = family === 6 ? 'ipv6' : 'ipv4';
  if (neverAddresses.check(plain, type)) return false;
  if (family === 6 && compatibleAddresses.check(plain, type) && !ipv6Loopback.check(plain, type))
    return false;
  return allowPrivate || !privateAddresses.check(plain, type);
}

/**
 * Whether a URL may be saved as an upstream: what can be told without asking DNS. A name that passes here is looked at
 * again, by its addresses, whenever it is connected to.
 */
export function isAllowedUpstream(url: URL, allowPrivate: boolean): boolean {
  const host = hostOf(url.hostname);
  if (isIP(host) !== 0) return isAllowedAddress(host, allowPrivate);
  const name = host.toLowerCase().replace(/\.$/, '');
  return (
    allowPrivate ||
    !(
      name === 'localhost' ||
      name.endsWith('.localhost') ||
      name.endsWith('.internal') ||
      !name.includes('.')
    )
  );
}

/**
 * A resolver for sockets that refuses a name with any address that is not allowed. The socket connects to what was
 * checked here and to nothing else: a second answer of DNS is never asked for.
 */
export function guardedLookup({
  allowPrivate,
  lookup = systemLookup as LookupFunction,
}: OutboundGuardOptions): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, answer) => {
      if (error) return callback(error, []);
      const addresses = answer as LookupAddress[];
      if (
        addresses.length === 0 ||
        !addresses.every(({ address }) => isAllowedAddress(address, allowPrivate))
      ) {
        return callback(new OutboundRefused(), []);
      }
      if (options.all === true) return callback(null, addresses);
      const { address, family } = addresses[0] as LookupAddress;
      return callback(null, address, family);
    });
  };
}

/** An undici agent that connects to allowed addresses alone. It follows no redirects, as undici's `request` does not. */
export function guardedAgent(
  guard: OutboundGuardOptions,
  options: Omit<Agent.Options, 'connect'> & { connectTimeoutMs?: number } = {},
): Agent {
  const { connectTimeoutMs = 5_000, ...agentOptions } = options;
  const connect = buildConnector({ timeout: connectTimeoutMs, lookup: guardedLookup(guard) });
  return new Agent({
    ...agentOptions,
    connect: (target, callback) => {
      // A literal address is never looked up.
      const host = hostOf(target.hostname);
      if (isIP(host) !== 0 && !isAllowedAddress(host, guard.allowPrivate))
        return callback(new OutboundRefused(), null);
      return connect(target, callback);
    },
  });
}

function hostOf(hostname: string): string {
  return hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
}

function blockList(ranges: readonly [string, number][]): BlockList {
  const list = new BlockList();
  for (const [address, prefix] of ranges)
    list.addSubnet(address, prefix, address.includes(':') ? 'ipv6' : 'ipv4');
  return list;
}
