import { defineConfig, eventLogConfig, fields, type ConfigOf } from '@portcullis/service';
import { z } from 'zod';
import type { DetectorSettings } from './detection/detectors.js';
import { STATE_BOUNDS, type StateBounds } from './detection/partition-state.js';
import { BULK_ACCESS_DEFAULTS } from './detectors/bulk-access/bulk-access.settings.js';
import { MAX_DENIALS } from './detectors/denial-burst/denial-burst.detector.js';
import { DENIAL_BURST_DEFAULTS } from './detectors/denial-burst/denial-burst.settings.js';
import { FIRST_USE_DEFAULTS } from './detectors/first-use/first-use.settings.js';
import { readMultiplier, type RateMultipliers } from './detectors/rate-spike/rate-multiplier.js';
import { RATE_SPIKE_DEFAULTS } from './detectors/rate-spike/rate-spike.settings.js';

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

const multipliers = fields.list().transform((entries, context): RateMultipliers => {
  const read = entries.map((entry) => {
    const multiplier = readMultiplier(entry);
    if (multiplier === undefined)
      context.addIssue(`${entry.slice(0, 80)} is not like organization/slug=3, from 1.1 to 1000`);
    return multiplier;
  });
  return new Map(read.filter((entry) => entry !== undefined));
});

/** For the whole deployment. What organizations set of their own comes by the log, so that a replay finds it there. */
export const anomalyConfig = defineConfig('Anomaly service', {
  rateMultiplier: {
    env: 'PORTCULLIS_ANOMALY_RATE_MULTIPLIER',
    schema: z.coerce.number().min(1.1).max(1_000).default(RATE_SPIKE_DEFAULTS.multiplier),
    doc: 'How many times the rate of the hour before the calls of a connection must exceed within 5 minutes to be a `rate_spike`, and how many times what is usual for a caller its calls of one tool within 15 minutes to be a `bulk_access`.',
  },
  rateMultipliers: {
    env: 'PORTCULLIS_ANOMALY_RATE_MULTIPLIERS',
    schema: multipliers,
    doc: 'Multipliers of their own for connections and organizations, comma-separated: `organization/slug=5` (one connection), `*/slug=2` (connections of that slug), `organization/*=4`. The first of these that fits counts, before PORTCULLIS_ANOMALY_RATE_MULTIPLIER; what an organization has set itself counts before all of them.',
  },
  rateMinCalls: {
    env: 'PORTCULLIS_ANOMALY_RATE_MIN_CALLS',
    schema: fields.integer(RATE_SPIKE_DEFAULTS.minCalls, 1, 1_000_000),
    doc: 'Calls within 5 minutes below which nothing is a `rate_spike`. Fewer than five times as many within 15 minutes are no `bulk_access`.',
  },
  rateWarmUpMinutes: {
    env: 'PORTCULLIS_ANOMALY_RATE_WARM_UP_MINUTES',
    schema: fields.integer(RATE_SPIKE_DEFAULTS.warmUpMs / MINUTE_MS, 0, 40_320),
    doc: 'How long a connection is only watched, from its first call on, before it can have a `rate_spike`, and a caller before it can have a `bulk_access`, in minutes.',
  },
  learningHours: {
    env: 'PORTCULLIS_ANOMALY_LEARNING_HOURS',
    schema: fields.integer(FIRST_USE_DEFAULTS.learnMs / HOUR_MS, 0, 2_160),
    doc: 'How long an agent is only watched, from its first call of a connection on, before a tool that is new to it is a `first_use`, in hours.',
  },
  forgetDays: {
    env: 'PORTCULLIS_ANOMALY_FORGET_DAYS',
    schema: fields.integer(FIRST_USE_DEFAULTS.forgetMs / DAY_MS, 1, 3_650),
    doc: 'A tool an agent has not used for this many days is new to it again.',
  },
  denialCalls: {
    env: 'PORTCULLIS_ANOMALY_DENIAL_CALLS',
    schema: fields.integer(DENIAL_BURST_DEFAULTS.denials, 2, MAX_DENIALS),
    doc: 'Different denied calls of one caller within the window that are a `denial_burst`; of medium severity if they are of one tool, or twice as many. The same call with the same arguments counts once.',
  },
  denialTargets: {
    env: 'PORTCULLIS_ANOMALY_DENIAL_TARGETS',
    schema: fields.integer(DENIAL_BURST_DEFAULTS.targets, 2, MAX_DENIALS),
    doc: 'Different tools, resources or prompts denied to one caller within the window that are a `denial_burst`; of high severity if it has never used them.',
  },
  denialWindowMinutes: {
    env: 'PORTCULLIS_ANOMALY_DENIAL_WINDOW_MINUTES',
    schema: fields.integer(DENIAL_BURST_DEFAULTS.windowMs / MINUTE_MS, 1, 60),
    doc: 'Window of `denial_burst` in minutes.',
  },
  cooldownSeconds: {
    env: 'PORTCULLIS_ANOMALY_COOLDOWN_SECONDS',
    schema: fields.integer(300, 0, 86_400),
    doc: 'How long a kind of finding is silent on a connection after it was raised there, in seconds. What is kept silent is counted in the next finding.',
  },
  snapshotSeconds: {
    env: 'PORTCULLIS_ANOMALY_SNAPSHOT_SECONDS',
    schema: fields.integer(30, 1, 3_600),
    doc: 'How often the state of a partition is stored, in seconds. Longer: fewer writes to Postgres; shorter: less of the log is read again at the next start.',
  },
  maxConnections: {
    env: 'PORTCULLIS_ANOMALY_MAX_CONNECTIONS',
    schema: fields.integer(STATE_BOUNDS.maxConnections, 10, 1_000_000),
    doc: 'Connections of one organization remembered for each of the 8 partitions of the call topic. The one not called for longest is forgotten first, and counted in `anomaly_evictions_total`.',
  },
  maxEntries: {
    env: 'PORTCULLIS_ANOMALY_MAX_ENTRIES',
    schema: fields.integer(STATE_BOUNDS.maxEntries, 1_000, 10_000_000),
    doc: 'Entries (pairs of agent and tool, mostly; a caller counts for 8) of one organization remembered for each of the 8 partitions of the call topic; bounds memory at about 200 bytes each.',
  },
});

export const anomalyConfigSections = [eventLogConfig, anomalyConfig] as const;

type AnomalyConfig = ConfigOf<typeof anomalyConfig>;

export function detectorSettings(config: AnomalyConfig): DetectorSettings {
  const cooldownMs = config.cooldownSeconds * SECOND_MS;
  const rateSpike = {
    multiplier: config.rateMultiplier,
    multipliers: config.rateMultipliers,
    minCalls: config.rateMinCalls,
    warmUpMs: config.rateWarmUpMinutes * MINUTE_MS,
    cooldownMs,
  };
  return {
    rateSpike,
    bulkAccess: { ...BULK_ACCESS_DEFAULTS, rate: rateSpike },
    firstUse: {
      ...FIRST_USE_DEFAULTS,
      learnMs: config.learningHours * HOUR_MS,
      forgetMs: config.forgetDays * DAY_MS,
      cooldownMs,
    },
    denialBurst: {
      ...DENIAL_BURST_DEFAULTS,
      denials: config.denialCalls,
      targets: config.denialTargets,
      windowMs: config.denialWindowMinutes * MINUTE_MS,
      cooldownMs,
    },
    destructiveName: { cooldownMs },
  };
}

export function stateBounds(config: AnomalyConfig): StateBounds {
  return { ...STATE_BOUNDS, maxConnections: config.maxConnections, maxEntries: config.maxEntries };
}
