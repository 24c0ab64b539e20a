import { KILL_SWITCH_SCOPES, killSwitchViewSchema } from '@portcullis/contracts';
import { z } from 'zod';
import { idParams, pageQuery } from '../http/page.js';
import { defineRoute } from '../http/route.js';

const tag = 'Kill switches';

export const listKillSwitches = defineRoute({
  method: 'GET', path: '/kill-switches', access: { scope: 'kill-switches:read' }, tag,
  summary: 'Kill switches in force',
  query: pageQuery.extend({ includeReleased: z.stringbool().default(false) }), answer: z.array(killSwitchViewSchema),
});

export const engageKillSwitch = defineRoute({
  method: 'POST', path: '/kill-switches', access: { scope: 'kill-switches:write' }, tag, status: 201,
  summary: 'Stop a session, a connection, an agent key or the whole organization',
  body: z.strictObject({
    scope: z.enum(KILL_SWITCH_SCOPES),
    target: z.string().max(128).nullish(),
    mode: z.enum(['stop', 'abort']).default('stop'),
    reason: z.string().trim().min(1).max(1000),
  }),
  answer: killSwitchViewSchema, problems: ['kill_switch.target_not_found'],
});

export const releaseKillSwitch = defineRoute({
  method: 'DELETE', path: '/kill-switches/:id', access: { scope: 'kill-switches:write' }, tag,
  summary: 'Release a kill switch', params: idParams, answer: killSwitchViewSchema, problems: ['kill_switch.not_found'],
});
