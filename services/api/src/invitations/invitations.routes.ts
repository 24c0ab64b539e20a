import { ROLES } from '@portcullis/contracts';
import { z } from 'zod';
import { idParams } from '../http/page.js';
import { defineRoute } from '../http/route.js';
import { givenPassword } from '../sign-in/sign-in.routes.js';

const tag = 'Invitations';
const role = z.enum(ROLES);
const invitation = z.object({
  id: z.string(),
  email: z.string(),
  role,
  invitedBy: z.string(),
  createdAt: z.string(),
  expiresAt: z.string(),
});
const token = z.string().regex(/^[A-Za-z0-9_-]{43}$/);

export const listInvitations = defineRoute({
  method: 'GET',
  path: '/invitations',
  access: { scope: 'members:read' },
  tag,
  summary: 'Invitations that are open',
  answer: z.array(invitation),
});

export const createInvitation = defineRoute({
  method: 'POST',
  path: '/invitations',
  access: { scope: 'members:write' },
  tag,
  status: 201,
  summary:
    'Invite somebody by a link that works once, within 7 days; the link is shown this once. Takes the place of an earlier one',
  body: z.strictObject({ email: z.email().max(320), role }),
  answer: invitation.extend({ token: z.string(), acceptUrl: z.string() }),
  problems: ['member.owner_required', 'member.role_not_held', 'invitation.limit_reached'],
});

export const revokeInvitation = defineRoute({
  method: 'DELETE',
  path: '/invitations/:id',
  access: { scope: 'members:write' },
  tag,
  summary: 'Take an invitation back',
  params: idParams,
  answer: invitation,
  problems: ['invitation.not_found'],
});

export const getInvitation = defineRoute({
  method: 'GET',
  path: '/auth/invitations/:token',
  access: 'public',
  tag,
  summary: 'What an invitation says to whoever holds its link',
  params: z.object({ token }),
  answer: z.object({
    organization: z.object({ id: z.string(), name: z.string() }),
    email: z.string(),
    role,
    hasAccount: z.boolean(),
    expiresAt: z.string(),
  }),
  problems: ['invitation.not_found'],
});

export const acceptInvitation = defineRoute({
  method: 'POST',
  path: '/auth/accept-invitation',
  access: 'public',
  tag,
  summary: 'Join: with a new password, or the one of the account the address has. Signs in',
  body: z.strictObject({
    token,
    name: z.string().trim().min(1).max(200).optional(),
    password: givenPassword,
  }),
  answer: z.object({ user: z.object({ id: z.string(), email: z.string(), name: z.string() }) }),
  problems: [
    'invitation.not_found',
    'auth.invalid_credentials',
    'auth.too_many_attempts',
    'member.owner_required',
    'member.role_not_held',
  ],
});
