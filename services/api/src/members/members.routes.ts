import { memberViewSchema, ROLES } from '@portcullis/contracts';
import { z } from 'zod';
import { idParams, pageQuery } from '../http/page.js';
import { defineRoute } from '../http/route.js';

const tag = 'Members';
const role = z.enum(ROLES);

export const listMembers = defineRoute({
  method: 'GET',
  path: '/members',
  access: { scope: 'members:read' },
  tag,
  summary: 'Members of the organization',
  query: pageQuery,
  answer: z.array(memberViewSchema),
});

export const addMember = defineRoute({
  method: 'POST',
  path: '/members',
  access: { scope: 'members:write' },
  tag,
  status: 201,
  summary: 'Add a member',
  body: z.strictObject({ email: z.email().max(320), name: z.string().trim().min(1).max(200), role }),
  answer: memberViewSchema,
  problems: ['member.email_taken'],
});

export const changeMember = defineRoute({
  method: 'PATCH',
  path: '/members/:id',
  access: { scope: 'members:write' },
  tag,
  summary: 'Give a member another role',
  params: idParams,
  body: z.strictObject({ role }),
  answer: memberViewSchema,
  problems: ['member.not_found', 'member.last_owner'],
});

export const removeMember = defineRoute({
  method: 'DELETE',
  path: '/members/:id',
  access: { scope: 'members:write' },
  tag,
  summary: 'Remove a member',
  params: idParams,
  answer: memberViewSchema,
  problems: ['member.not_found', 'member.last_owner'],
});
