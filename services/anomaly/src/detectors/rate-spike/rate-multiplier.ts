import type { CallSeen } from '../../calls/call-seen.js';

/**
 * Multipliers of their own by what they are for, an organization and a slug, either of which may be a star: of one
 * connection, of the connections of that slug in every organization, of all connections of an organization. The first of
 * these that is there counts.
 */
export type RateMultipliers = ReadonlyMap<string, number>;

export const NO_MULTIPLIERS: RateMultipliers = new Map();

const ENTRY = /^([A-Za-z0-9-]{1,64}|\*)\/([a-z0-9][a-z0-9_-]{2,63}|\*)=(\d{1,4}(?:\.\d{1,3})?)$/;

/** Reads `organization/slug=2.5`; undefined for what is none, or beyond what a multiplier may be. */
export function readMultiplier(text: string): readonly [string, number] | undefined {
  const [, organization, slug, written] = ENTRY.exec(text) ?? [];
  const multiplier = Number(written);
  if (
    organization === undefined ||
    (organization === '*' && slug === '*') ||
    multiplier < 1.1 ||
    multiplier > 1_000
  ) {
    return undefined;
  }
  return [`${organization}/${slug}`, multiplier];
}

export function multiplierOf(known: RateMultipliers, { tenantId, connection }: CallSeen): number | undefined {
  const slug = connection?.slug ?? '';
  return known.get(`${tenantId}/${slug}`) ?? known.get(`*/${slug}`) ?? known.get(`${tenantId}/*`);
}
