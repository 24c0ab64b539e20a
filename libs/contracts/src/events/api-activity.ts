import { z } from 'zod';
import type { EventEnvelope } from '../envelope.js';
import { ROLES } from '../policy/views.js';

/**
 * What people do with the API itself, on `api.activity.v1`; key: the organization. No passwords, no tokens, no digests of
 * either. What is done to members, keys and policies is on `policy.changes.v1`.
 */
const id = z.string().max(64);
const at = z.string().max(40);
const email = z.string().max(320);
/** Where it came from: the caller's address (contract section 1, `source.ip`) and what their program calls itself. */
const visitor = { sourceIp: z.string().max(64), userAgent: z.string().max(512) };

export const SIGN_IN_FAILURES = ['invalid_credentials', 'no_organization'] as const;
export const LOGIN_ENDS = ['signed_out', 'revoked', 'password_changed'] as const;

/** Keys are event types. Further types are added here, never changed. */
export const apiActivitySchemas = {
  SignedIn: z.object({ userId: id, email, loginId: id, ...visitor }),
  /** At an account that exists, in each organization it has joined. */
  SignInFailed: z.object({ userId: id, email, reason: z.enum(SIGN_IN_FAILURES), ...visitor }),
  /**
   * At accounts that do not exist, or not looked at since there were too many: counted for each source over 10 s, in no
   * organization (`SYSTEM_TENANT`). `sourceIp` is `other` when there were too many sources to tell apart.
   */
  SignInsRefused: z.object({
    sourceIp: z.string().max(64),
    reason: z.enum(['unknown_account', 'too_many_attempts']),
    count: z.number().int(),
    from: at,
    to: at,
  }),
  LoginEnded: z.object({ userId: id, email, loginId: id, reason: z.enum(LOGIN_ENDS) }),
  /** A login goes on in this organization; before, it was in another one of the person's. */
  OrganizationChosen: z.object({ userId: id, email, loginId: id }),
  PasswordChanged: z.object({ userId: id, email, endedLogins: z.number().int(), ...visitor }),
  InvitationCreated: z.object({ invitationId: id, email, role: z.enum(ROLES), expiresAt: at }),
  InvitationRevoked: z.object({ invitationId: id, email, role: z.enum(ROLES) }),
  InvitationAccepted: z.object({
    invitationId: id,
    email,
    role: z.enum(ROLES),
    userId: id,
    newAccount: z.boolean(),
    ...visitor,
  }),
  /** Begun: what was asked for. `limit`: most rows it may have. */
  AuditExported: z.object({
    q: z.string().max(20_000),
    from: z.string().max(64),
    to: z.string().max(64),
    format: z.string().max(16),
    limit: z.number().int(),
  }),
} as const;

export const API_ACTIVITY_VERSION = 1;
export type ApiActivityType = keyof typeof apiActivitySchemas;
export type ApiActivityData<T extends ApiActivityType> = z.infer<(typeof apiActivitySchemas)[T]>;
export type ApiActivity = {
  [T in ApiActivityType]: { readonly type: T; readonly data: ApiActivityData<T> };
}[ApiActivityType];
export type ApiActivityEvent = EventEnvelope<ApiActivityType, ApiActivityData<ApiActivityType>>;
