import { z } from 'zod';
import type { EventEnvelope } from '../envelope.js';

/** Kinds of finding raised today. Others will come: readers keep findings of kinds they do not know. */
export const FINDING_KINDS = [
  'rate_spike',
  'bulk_access',
  'destructive_name',
  'first_use',
  'denial_burst',
] as const;
export type FindingKind = (typeof FINDING_KINDS)[number];

/** Closed and in order, so that routes can say "medium and above". */
export const FINDING_SEVERITIES = ['info', 'low', 'medium', 'high', 'critical'] as const;
export type FindingSeverity = (typeof FINDING_SEVERITIES)[number];

/** Further figures behind a finding, by name, such as the multiplier that was in force. For people, not for rules. */
export const findingDetailSchema = z.record(
  z.string().max(64),
  z.union([z.string().max(256), z.number(), z.boolean()]),
);
export type FindingDetail = z.infer<typeof findingDetailSchema>;

/** From a time, included, to a time, excluded: RFC 3339 in UTC with milliseconds, as Lens reads ranges. */
const timeRangeSchema = z.object({ from: z.string().max(40), to: z.string().max(40) });

/** Request ids a finding carries at most. */
export const FINDING_EVIDENCE_LIMIT = 20;

/**
 * Something in the calls that a person may have to look at. It says what was seen, what would have been normal, and the
 * Lens query that shows the calls.
 *
 * Every text may hold what an attacker wrote (tool and agent names); `title` alone is cleaned of control and
 * formatting characters, and none of them is safe as markup.
 */
export const findingRaisedDataSchema = z.object({
  /**
   * The envelope's id: a UUID made of what the finding is about (organization, kind, connection, subject, start of the
   * window). Reading the same calls again gives the same id, and a repeated finding is the same finding.
   */
  findingId: z.string().max(64),
  /** One of `FINDING_KINDS`, or a kind a newer release brings. */
  kind: z.string().min(1).max(64),
  /** Version of the detector's rules: a larger number may judge the same calls otherwise. */
  detectorVersion: z.number().int().positive(),
  severity: z.enum(FINDING_SEVERITIES),
  /** One sentence, plain text. */
  title: z.string().min(1).max(256),
  /** Null for calls that named no connection the caller may see. */
  connection: z.object({ id: z.string().max(64), slug: z.string().max(256) }).nullable(),
  /** Who it is about; null where that does not apply (a spike is the whole connection's). */
  agent: z.string().max(256).nullable(),
  key: z.object({ id: z.string().max(64), label: z.string().max(256) }).nullable(),
  /** Agent session. */
  session: z.string().max(256).nullable(),
  user: z.string().max(256).nullable(),
  /** The upstream's own name of the tool, cut at 256 characters. */
  tool: z.string().max(256).nullable(),
  observed: z.object({
    value: z.number(),
    /** Of all figures here: `calls`, `denials`, `tools`. */
    unit: z.string().max(32),
    detail: findingDetailSchema,
  }),
  expected: z.object({
    /** What is normal here; null where the rule knows no normal. */
    value: z.number().nullable(),
    /** The least that was unusual when it was raised. */
    threshold: z.number().nullable(),
    detail: findingDetailSchema,
  }),
  /** The time the calls behind it were decided in. */
  window: timeRangeSchema,
  lensQuery: timeRangeSchema.extend({ q: z.string().max(4096) }),
  /** Ids of requests behind it, oldest first: all of them, or the latest. */
  evidence: z.array(z.string().max(64)).max(FINDING_EVIDENCE_LIMIT),
  /** Findings with one key are about the same trouble; alerts group by it. Unique within the organization. */
  dedupKey: z.string().min(1).max(256),
  /** How often this kind stayed silent on this connection since its last finding, for its cooldown. */
  suppressed: z.number().int().nonnegative(),
});
export type FindingRaisedData = z.infer<typeof findingRaisedDataSchema>;

/**
 * Published on `anomaly.findings.v1` with `callKey` of the connection as key. `occurredAt` is the time of the call that
 * caused it, `causationId` that call's event, `correlationId` its trace.
 */
export type FindingRaised = EventEnvelope<'FindingRaised', FindingRaisedData>;

export const anomalyFindingSchemas = { FindingRaised: findingRaisedDataSchema } as const;

export const ANOMALY_EVENT_VERSION = 1;
