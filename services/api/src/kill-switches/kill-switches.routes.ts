import { KILL_SWITCH_SCOPES, killSwitchReachSchema, killSwitchViewSchema } from '@portcullis/contracts';
import { z } from 'zod';
import { idParams, pageQuery, stopMeta } from '../http/page.js';
import { defineRoute } from '../http/route.js';

const tag = 'Kill switches';

export const listKillSwitches = defineRoute({
  method: 'GET',
  path: '/kill-switches',
  access: { scope: 'kill-switches:read' },
  tag,
  summary: 'Kill switches in force',
  query: pageQuery.extend({ includeReleased: z.stringbool().default(false) }),
  answer: z.array(killSwitchViewSchema),
});

export const engageKillSwitch = defineRoute({
  method: 'POST',
  path: '/kill-switches',
  access: { scope: 'kill-switches:write' },
  tag,
  status: 201,
  summary: 'Stop a session, a connection, an agent key or the whole organization',
  body: z.strictObject({
    scope: z.enum(KILL_SWITCH_SCOPES),
    target: z.string().max(128).nullish(),
    mode: z.enum(['stop', 'abort']).default('stop'),
    reason: z.string().trim().min(1).max(1000),
  }),
  answer: killSwitchViewSchema,
  meta: stopMeta,
  problems: ['kill_switch.target_not_found', 'kill_switch.already_engaged'],
});

export const previewKillSwitch = defineRoute({
  method: 'POST',
  path: '/kill-switches/preview',
  access: { scope: 'kill-switches:read' },
  tag,
  summary: 'What a kill switch would stop; nothing is stopped',
  body: z.strictObject({ scope: z.enum(KILL_SWITCH_SCOPES), target: z.string().max(128).nullish() }),
  answer: killSwitchReachSchema.extend({
    /** Of the last 10 minutes. */
    callsPerMinute: z.number(),
    /** Calls in each of the last 10 minutes that had any, oldest first. */
    calls: z.array(z.object({ time: z.string(), count: z.number().int() })),
    /** Of the last day, latest first; at most 5. */
    lastUsers: z.array(z.object({ user: z.string(), lastSeenAt: z.string() })),
  }),
  problems: ['kill_switch.target_not_found', 'kill_switch.target_invalid'],
});

export const releaseKillSwitch = defineRoute({
  method: 'DELETE',
  path: '/kill-switches/:id',
  access: { scope: 'kill-switches:write' },
  tag,
  summary: 'Release a kill switch',
  params: idParams,
  answer: killSwitchViewSchema,
  problems: ['kill_switch.not_found'],
});
