import { z } from 'zod';
import { ROLES } from '../policy/views.js';

/**
 * `POST /internal/v1/memberships` of the policy service: which of the named organizations list an address, and as what.
 * In the order asked; organizations that do not are left out. Answered from memory; 503 when not up to date.
 */
export const MEMBERSHIPS_PATH = '/internal/v1/memberships';
export const MEMBERSHIPS_LIMIT = 200;
export const membershipsRequestSchema = z.object({
  email: z.string().max(320),
  tenantIds: z.array(z.string().max(64)).max(MEMBERSHIPS_LIMIT),
});
export const membershipSchema = z.object({
  organization: z.object({ id: z.string(), name: z.string() }),
  memberId: z.string(),
  name: z.string(),
  role: z.enum(ROLES),
});
export type Membership = z.infer<typeof membershipSchema>;
export const membershipsResponseSchema = z.object({ memberships: z.array(membershipSchema) });

/**
 * `POST /internal/v1/logins/resolve` of the api service: whose login cookie has this digest. Policy keeps the answer for
 * at most `LOGIN_CACHE_MS`, and drops it at once when the login ends.
 */
export const LOGIN_RESOLVE_PATH = '/internal/v1/logins/resolve';
export const LOGIN_CACHE_MS = 30_000;
export const loginResolveRequestSchema = z.object({
  /** Lower-case hex SHA-256 of the decoded cookie. */
  digest: z.string().regex(/^[0-9a-f]{64}$/),
});
export const loginSchema = z.object({
  sessionId: z.string().max(64),
  email: z.string().max(320),
  /** The organization the person works in. */
  tenantId: z.string().max(64),
  /** RFC 3339. */
  expiresAt: z.string().max(40),
});
export type Login = z.infer<typeof loginSchema>;
export const loginResolveResponseSchema = z.object({ login: loginSchema.nullable() });

/**
 * `POST /internal/v1/logins/ended` of the policy service: logins that are over, in that organization or altogether. What gateways hold open for their people in
 * those organizations is closed. The replica that is asked acts at once, others when their answer is `LOGIN_CACHE_MS` old.
 */
export const LOGINS_ENDED_PATH = '/internal/v1/logins/ended';
export const loginsEndedSchema = z.object({
  email: z.string().max(320),
  logins: z
    .array(
      z.object({
        sessionId: z.string().max(64),
        tenantId: z.string().max(64),
        /** It goes on in another organization: whose it is has to be asked anew. */
        goesOn: z.boolean().optional(),
      }),
    )
    .max(200),
});
