import type { ApiKeyView } from '@portcullis/contracts';
import type { Tone } from '../theme/verdict-colours.js';

export interface KeyState {
  readonly word: 'active' | 'revoked' | 'expired' | 'expires soon';
  readonly tone: Tone;
}

const SOON_MS = 7 * 86_400_000;

/** How a key stands at a moment. */
export function keyState(
  { revokedAt, expiresAt }: Pick<ApiKeyView, 'revokedAt' | 'expiresAt'>,
  now: Date,
): KeyState {
  if (revokedAt !== null) return { word: 'revoked', tone: 'neutral' };
  const left = expiresAt === null ? Infinity : Date.parse(expiresAt) - now.getTime();
  if (left <= 0) return { word: 'expired', tone: 'deny' };
  return left < SOON_MS ? { word: 'expires soon', tone: 'alert' } : { word: 'active', tone: 'allow' };
}

/** Choices of the form, in days; null is never. */
export const LIFETIMES = [
  { value: '30', label: '30 days' },
  { value: '90', label: '90 days' },
  { value: '365', label: 'a year' },
  { value: 'never', label: 'never' },
] as const;

export function expiryOf(lifetime: string, now: Date): string | null {
  return lifetime === 'never' ? null : new Date(now.getTime() + Number(lifetime) * 86_400_000).toISOString();
}
