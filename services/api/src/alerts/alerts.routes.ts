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

/** Something done to one alert, with what is to be said of it. */
function alertAction<Body extends z.ZodType = typeof noted>({
  action,
  summary,
  body,
  problems = [],
}: {
  readonly action: string;
  readonly summary: string;
  readonly body?: Body;
  readonly problems?: readonly string[];
}) {
  return defineRoute({
    method: 'POST',
    path: `/alerts/:id/${action}`,
    access: { scope: 'alerts:write' },
    tag,
    summary,
    params: idParams,
    body: (body ?? noted) as Body,
    answer: alertViewSchema,
    problems: ['alert.not_found', ...problems],
  });
}

export const acknowledgeAlert = alertAction({
  action: 'acknowledge',
  summary: 'Say that somebody looks after it: it is not told of again until it is resolved or worse',
  problems: ['alert.resolved'],
});

export const resolveAlert = alertAction({
  action: 'resolve',
  summary: 'Say that it is over; it is reopened when it fires again',
});

export const reopenAlert = alertAction({
  action: 'reopen',
  summary: 'Say that it is not over, or that nobody looks after it any more',
});

export const muteAlert = alertAction({
  action: 'mute',
  summary: 'Tell nobody of it until a time, 90 days from now at most',
  body: z.strictObject({ until: z.iso.datetime({ offset: true }).max(40), note }),
  problems: ['alert.mute_invalid'],
});

export const unmuteAlert = alertAction({ action: 'unmute', summary: 'Tell of it again' });
