import { createHash } from 'node:crypto';
import { uuidV8 } from '@portcullis/eventing';

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
  return uuidV8(createHash('sha256').update(`${tenantId}|${connectionId}|${keyId}|${generation}`).digest());
}
