import { SESSION_STATUSES, sessionViewSchema } from '@portcullis/contracts';
import { z } from 'zod';
import { idParams, pageQuery, stopMeta } from '../http/page.js';
import { defineRoute } from '../http/route.js';

const tag = 'Sessions';

export const listSessions = defineRoute({
  method: 'GET',
  path: '/sessions',
  access: { scope: 'sessions:read' },
  tag,
  summary: 'Agent sessions, latest activity first',
  query: pageQuery.extend({ status: z.enum(SESSION_STATUSES).optional() }),
  answer: z.array(sessionViewSchema),
});

export const getSession = defineRoute({
  method: 'GET',
  path: '/sessions/:id',
  access: { scope: 'sessions:read' },
  tag,
  summary: 'One agent session',
  params: idParams,
  answer: sessionViewSchema,
  problems: ['session.not_found'],
});

export const suspendSession = defineRoute({
  method: 'POST',
  path: '/sessions/:id/suspend',
  access: { scope: 'sessions:write' },
  tag,
  summary: 'Refuse every further request of the session',
  params: idParams,
  body: z.strictObject({ reason: z.string().trim().min(1).max(1000) }),
  answer: sessionViewSchema,
  meta: stopMeta,
  problems: ['session.not_found'],
});

export const resumeSession = defineRoute({
  method: 'POST',
  path: '/sessions/:id/resume',
  access: { scope: 'sessions:write' },
  tag,
  summary: 'Let a suspended session go on',
  params: idParams,
  answer: sessionViewSchema,
  problems: ['session.not_found'],
});
