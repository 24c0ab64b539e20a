import { createHash } from 'node:crypto';

/**
 * The id of an agent session (contract section 1): the same on every replica without asking anyone. A UUID of version 8,
 * the first 16 bytes of SHA-256 over what the session is of.
 */
export function agentSessionId(
  tenantId: string,
  connectionId: string,
  keyId: string,
  generation: number,
): string {
  const digest = createHash('sha256').update(`${tenantId}|${connectionId}|${keyId}|${generation}`).digest();
  digest[6] = ((digest[6] as number) & 0x0f) | 0x80;
  digest[8] = ((digest[8] as number) & 0x3f) | 0x80;
  const hex = digest.toString('hex', 0, 16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
