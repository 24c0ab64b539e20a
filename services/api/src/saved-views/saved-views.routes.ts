import { z } from 'zod';
import { timeText } from '../audit-store/time-range.js';
import { pageQuery } from '../http/page.js';
import { defineRoute } from '../http/route.js';

const tag = 'Lens';
const access = { scope: 'audit:read' } as const;
const params = z.object({ id: z.uuid() });

/** Postgres keeps no NUL in text. */
const text = z.string().regex(/^[^\u0000]*$/, 'must not hold NUL');

/** What a person chooses of a view. The text may be unfinished: a view keeps what was on the screen. */
const chosen = {
  name: text.trim().min(1).max(120),
  q: text.max(4096),
  /** RFC 3339, or relative to the moment it is opened: `now-15m`. */
  from: timeText,
  to: timeText,
  /** Fields shown as columns; none leaves them to the page. */
  columns: z.array(text.min(1).max(256)).max(64),
  /** Readable by everyone of the organization; only its owner changes it. */
  shared: z.boolean(),
};

const savedViewSchema = z.object({
  id: z.string(),
  ...chosen,
  owner: z.object({ id: z.string(), name: z.string() }),
  /** Whether the caller may change it. */
  mine: z.boolean(),
  createdAt: z.string(),
  updatedAt: z.string(),
});

export const listSavedViews = defineRoute({
  method: 'GET',
  path: '/lens/views',
  access,
  tag,
  summary: "The caller's own views and those shared in the organization, by name",
  query: pageQuery,
  answer: z.array(savedViewSchema),
  problems: ['request.bad_cursor'],
});

export const createSavedView = defineRoute({
  method: 'POST',
  path: '/lens/views',
  access,
  tag,
  status: 201,
  summary: 'Save a view',
  body: z.strictObject({
    ...chosen,
    from: timeText.default('now-24h'),
    to: timeText.default('now'),
    columns: chosen.columns.default([]),
    shared: z.boolean().default(false),
  }),
  answer: savedViewSchema,
  problems: ['saved_view.name_taken', 'saved_view.too_many'],
});

export const changeSavedView = defineRoute({
  method: 'PATCH',
  path: '/lens/views/:id',
  access,
  tag,
  summary: 'Change a view of your own',
  params,
  body: z.strictObject(chosen).partial(),
  answer: savedViewSchema,
  problems: ['saved_view.not_found', 'saved_view.not_yours', 'saved_view.name_taken'],
});

export const deleteSavedView = defineRoute({
  method: 'DELETE',
  path: '/lens/views/:id',
  access,
  tag,
  summary: 'Delete a view of your own',
  params,
  answer: savedViewSchema,
  problems: ['saved_view.not_found', 'saved_view.not_yours'],
});
