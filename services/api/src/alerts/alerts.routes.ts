import {
  ALERT_NOTE_LIMIT,
  ALERT_SEVERITIES,
  ALERT_STATES,
  alertDetailSchema,
  alertViewSchema,
} from '@portcullis/contracts';
import { z } from 'zod';
import { commaList } from '../http/comma-list.js';
import { idParams, pageQuery } from '../http/page.js';
import { defineRoute } from '../http/route.js';

const tag = 'Alerts';
const note = z.string().trim().max(ALERT_NOTE_LIMIT).nullish();
const noted = z.strictObject({ note });

export const listAlerts = defineRoute({
  method: 'GET',
  path: '/alerts',
  access: { scope: 'alerts:read' },
  tag,
  summary: 'Alerts, latest seen first; each filter takes one value or several with commas between',
  query: pageQuery.extend({
    state: commaList(z.enum(ALERT_STATES), ALERT_STATES.length),
    severity: commaList(z.enum(ALERT_SEVERITIES), ALERT_SEVERITIES.length),
    kind: commaList(z.string().min(1).max(64), 50),
    connection: z.string().max(256).optional(),
  }),
  answer: z.array(alertViewSchema),
});

export const getAlert = defineRoute({
  method: 'GET',
  path: '/alerts/:id',
  access: { scope: 'alerts:read' },
  tag,
  summary: 'One alert with its evidence, its history, what was delivered of it and what will be',
  params: idParams,
  answer: alertDetailSchema,
  problems: ['alert.not_found'],
});

export const acknowledgeAlert = defineRoute({
  method: 'POST',
  path: '/alerts/:id/acknowledge',
  access: { scope: 'alerts:write' },
  tag,
  summary: 'Say that somebody looks after it: it is not told of again until it is resolved or worse',
  params: idParams,
  body: noted,
  answer: alertViewSchema,
  problems: ['alert.not_found', 'alert.resolved'],
});

export const resolveAlert = defineRoute({
  method: 'POST',
  path: '/alerts/:id/resolve',
  access: { scope: 'alerts:write' },
  tag,
  summary: 'Say that it is over; it is reopened when it fires again',
  params: idParams,
  body: noted,
  answer: alertViewSchema,
  problems: ['alert.not_found'],
});

export const reopenAlert = defineRoute({
  method: 'POST',
  path: '/alerts/:id/reopen',
  access: { scope: 'alerts:write' },
  tag,
  summary: 'Say that it is not over, or that nobody looks after it any more',
  params: idParams,
  body: noted,
  answer: alertViewSchema,
  problems: ['alert.not_found'],
});

export const muteAlert = defineRoute({
  method: 'POST',
  path: '/alerts/:id/mute',
  access: { scope: 'alerts:write' },
  tag,
  summary: 'Tell nobody of it until a time, 90 days from now at most',
  params: idParams,
  body: z.strictObject({ until: z.iso.datetime({ offset: true }).max(40), note }),
  answer: alertViewSchema,
  problems: ['alert.not_found', 'alert.mute_invalid'],
});

export const unmuteAlert = defineRoute({
  method: 'POST',
  path: '/alerts/:id/unmute',
  access: { scope: 'alerts:write' },
  tag,
  summary: 'Tell of it again',
  params: idParams,
  body: noted,
  answer: alertViewSchema,
  problems: ['alert.not_found'],
});
