import { z } from 'zod';
import { idParams } from '../http/page.js';
import { defineRoute } from '../http/route.js';
import { LEAST_PASSWORD, LONGEST_PASSWORD } from './accounts.js';

const tag = 'Sign-in';
/** As given at sign-in: whatever its length once was, it is only compared. */
export const givenPassword = z.string().min(1).max(LONGEST_PASSWORD);
export const newPassword = z.string().min(LEAST_PASSWORD).max(LONGEST_PASSWORD);
const nothing = z.strictObject({});

const person = z.object({ id: z.string(), email: z.string(), name: z.string() });

export const signIn = defineRoute({
  method: 'POST',
  path: '/auth/sign-in',
  access: 'public',
  tag,
  summary: 'Sign in with email address and password; the answer sets the cookie',
  body: z.strictObject({ email: z.string().trim().min(3).max(320), password: givenPassword }),
  answer: z.object({ user: person }),
  problems: ['auth.invalid_credentials', 'auth.too_many_attempts', 'auth.origin_forbidden'],
});

export const signOut = defineRoute({
  method: 'POST',
  path: '/auth/sign-out',
  access: 'public',
  tag,
  summary: 'End the login of this cookie, at the gateway too',
  body: nothing,
  answer: z.object({ signedOut: z.boolean() }),
});

export const listLogins = defineRoute({
  method: 'GET',
  path: '/auth/sessions',
  access: 'signed-in',
  tag,
  summary: 'Where you are signed in',
  answer: z.array(
    z.object({
      id: z.string(),
      current: z.boolean(),
      createdAt: z.string(),
      expiresAt: z.string(),
      address: z.string(),
      userAgent: z.string(),
    }),
  ),
});

export const endLogin = defineRoute({
  method: 'DELETE',
  path: '/auth/sessions/:id',
  access: 'signed-in',
  tag,
  summary: 'End one of your logins',
  params: idParams,
  answer: z.object({ id: z.string() }),
  problems: ['login.not_found'],
});

export const changePassword = defineRoute({
  method: 'POST',
  path: '/auth/change-password',
  access: 'signed-in',
  tag,
  summary: 'Change your password; ends your other logins',
  body: z.strictObject({ currentPassword: givenPassword, newPassword }),
  answer: z.object({ endedSessions: z.number().int() }),
  problems: ['auth.invalid_credentials', 'auth.too_many_attempts'],
});

export const chooseOrganization = defineRoute({
  method: 'POST',
  path: '/auth/organization',
  access: 'signed-in',
  tag,
  summary: 'Work in another organization',
  body: z.strictObject({ organizationId: z.string().min(1).max(64) }),
  answer: z.object({ organization: z.object({ id: z.string(), name: z.string() }) }),
  problems: ['organization.not_found'],
});
