import type { FindingSeverity } from '@portcullis/contracts';
import { actorName, actorOf, connectionName, type CallSeen } from '../../calls/call-seen.js';
import type { Finding } from '../../findings/finding.js';
import { actorTerms, lensQuery, USE_TYPES, whole } from '../../findings/lens-query.js';
import { nameInText } from '../../findings/plain-text.js';
import { isCooling, raised, RESTED, silenced, type Cooldown } from '../cooldown.js';
import { quiet, type Detector } from '../detector.js';
import { HABIT_DAYS, type Habit } from '../rate-spike/habit.js';
import { rateSettingsOf } from '../rate-spike/rate-settings.js';
import { LEAST_FACTOR, type BulkAccessSettings } from './bulk-access.settings.js';
import {
  begun,
  counted,
  habitAt,
  latestWindow,
  newestOf,
  targetOf,
  WINDOW_MINUTES,
  withUsual,
  type CallerAccess,
} from './caller-access.js';

/** What a caller counts for where memory is bounded: it is as large as this many pairs of agent and tool. */
const ENTRIES = 8;
/** Of a full memory, so that it is not gone through with every new caller. */
const KEPT = 0.9;

const USES: ReadonlySet<string> = new Set(['tools/call', 'resources/read', 'prompts/get']);

/** What the callers of one connection take. The list is by number, so that most calls copy no map. */
export interface BulkAccessState {
  readonly numbers: ReadonlyMap<string, number>;
  readonly callers: readonly CallerAccess[];
  readonly cooldown: Cooldown;
}

const NOBODY: BulkAccessState = { numbers: new Map(), callers: [], cooldown: RESTED };

/**
 * One caller takes far more of one tool within 15 minutes than it does around this time of day: slowly enough to be no
 * spike of the connection, perhaps. A call with the arguments of the one before is a loop that waits, and not counted. A
 * caller's first day is only watched.
 */
export function bulkAccess({ rate, maxActors }: BulkAccessSettings): Detector<BulkAccessState> {
  return {
    kind: 'bulk_access',
    version: 1,
    sizeOf: ({ callers }) => callers.length * ENTRIES,
    observe(before, call, own) {
      if (!USES.has(call.method) || call.direction !== 'client') return quiet(before);
      const actor = actorOf(call);
      const { state, forgotten } = withCaller(before ?? NOBODY, actor, call, maxActors);
      const number = state.numbers.get(actor)!;
      const now = counted(state.callers[number]!, call);
      if (now === undefined) return quiet(before);
      const { minCalls, multiplier, warmUpMs, cooldownMs } = rateSettingsOf(rate, call, own);
      const bulkFrom = LEAST_FACTOR * minCalls;
      const { calls, from } = latestWindow(now);
      const judged = calls >= bulkFrom && call.at - now.since >= warmUpMs;
      const access = judged ? withUsual(now, call.at) : now;
      const next = withAccess(state, number, access);
      if (!judged || calls <= multiplier * access.usual.peak) return quiet(next, forgotten);
      if (isCooling(state.cooldown, call.at, cooldownMs)) {
        return quiet({ ...next, cooldown: silenced(state.cooldown) }, forgotten);
      }
      const habit = habitAt(access, call.at, calls);
      const told = { ...access, raisedAt: call.at };
      return {
        state: { ...withAccess(state, number, told), cooldown: raised(call.at) },
        findings: [findingOf(call, { calls, from, habit, bulkFrom, multiplier }, state.cooldown)],
        forgotten,
      };
    },
  };
}

function withAccess(state: BulkAccessState, number: number, access: CallerAccess): BulkAccessState {
  const callers = state.callers.slice();
  callers[number] = access;
  return { numbers: state.numbers, callers, cooldown: state.cooldown };
}

/** With the caller among them. Those that have not called for longest make room. */
function withCaller(
  before: BulkAccessState,
  actor: string,
  call: CallSeen,
  limit: number,
): { state: BulkAccessState; forgotten: number } {
  if (before.numbers.has(actor)) return { state: before, forgotten: 0 };
  const state = before.callers.length < limit ? before : withRoom(before, Math.floor(limit * KEPT));
  return {
    state: {
      numbers: new Map(state.numbers).set(actor, state.callers.length),
      callers: [...state.callers, begun(call)],
      cooldown: state.cooldown,
    },
    forgotten: before.callers.length - state.callers.length,
  };
}

function withRoom({ numbers, callers, cooldown }: BulkAccessState, kept: number): BulkAccessState {
  const names = [...numbers.keys()];
  const latest = names
    .map((name) => ({ name, access: callers[numbers.get(name)!]! }))
    .sort((a, b) => newestOf(b.access) - newestOf(a.access))
    .slice(0, kept);
  return {
    numbers: new Map(latest.map(({ name }, number) => [name, number])),
    callers: latest.map(({ access }) => access),
    cooldown,
  };
}

interface Bulk {
  readonly calls: number;
  readonly from: number;
  readonly habit: Habit;
  /** Fewer calls are not bulk. */
  readonly bulkFrom: number;
  readonly multiplier: number;
}

/**
 * Medium: twice the least that is bulk, and as far beyond what was seen at any time of a whole week as what is usual at
 * this hour must be exceeded.
 */
function severityOf({ calls, habit, bulkFrom, multiplier }: Bulk): FindingSeverity {
  const known = habit.days >= HABIT_DAYS && !habit.weekly;
  return known && calls >= 2 * bulkFrom && calls > multiplier * habit.weekPeak ? 'medium' : 'low';
}

function findingOf(call: CallSeen, bulk: Bulk, cooldown: Cooldown): Finding {
  const { calls, habit, bulkFrom, multiplier } = bulk;
  const window = { from: Math.min(bulk.from, call.at), to: call.at + 1 };
  const who = nameInText(actorName(call));
  const where = nameInText(connectionName(call));
  const what = nameInText(targetOf(call));
  return {
    kind: 'bulk_access',
    version: 1,
    severity: severityOf(bulk),
    title: `${who} called ${what} on ${where} ${calls} times in ${WINDOW_MINUTES} minutes; usual at this time: ${habit.usualPeak}`,
    subject: actorOf(call),
    personal: true,
    tool: call.kind === 'tool' ? call.name : null,
    observed: { value: calls, unit: 'calls', detail: { windowMinutes: WINDOW_MINUTES } },
    expected: {
      value: habit.usualPeak,
      threshold: Math.max(bulkFrom, Math.floor(multiplier * habit.usualPeak) + 1),
      detail: { multiplier, weekPeak: habit.weekPeak, days: habit.days },
    },
    window,
    lensQuery: {
      q: lensQuery({
        connection: call.connection && whole(call.connection.slug),
        ...actorTerms(call),
        ...(call.kind === 'tool' ? { tool: whole(call.name) } : { type: USE_TYPES }),
      }),
      ...window,
    },
    evidence: [call.requestId],
    suppressed: cooldown.suppressed,
    cause: call,
  };
}
