import type { SqlSession } from '@portcullis/postgres';
import { NOTIFICATION_ACTOR, type EventOutbox } from '../outbox/event-outbox.js';
import { mergeFirings } from './merge-firings.js';
import type { Firing, Release, Signal } from './signal.js';
import { outgoingAlertEvent, type Occasion } from './alert-facts.js';
import { alertStore } from './alert-store.js';
import type { AlertCommand } from './alert.decider.js';
import { isFiring, type Alert } from './alert.js';
import { applyCommand, applyFiring, type AlertChange } from './apply-firing.js';
import { needsRoom, overflowFiring, RESERVE } from './overflow.js';

/** Sees to it that the right people are told of alerts that changed, in the transaction that changed them. */
export interface AlertFollower {
  place(session: SqlSession, alerts: readonly Alert[], now: number): Promise<void>;
}

export interface AlertBookOptions {
  readonly outbox: Pick<EventOutbox, 'publish'>;
  readonly follower: AlertFollower;
  readonly newId: () => string;
  /** How long a kind has to be quiet before it resolves by itself; null: it never does. */
  readonly quietMs: (kind: string) => number | null;
  /** Alerts of one organization that may fire at once; what comes beyond is counted in one. */
  readonly maxFiring: number;
}

interface Entry extends AlertChange {
  readonly occasion: Occasion;
}

/**
 * The alerts and what becomes of them. Everything here runs in the caller's transaction: the alert, where it is told of
 * and the event that says so are written together or not at all.
 */
export class AlertBook {
  constructor(private readonly options: AlertBookOptions) {}

  /** Takes in what fired and what was released, in order. */
  async take(session: SqlSession, signals: readonly Signal[], now: number): Promise<void> {
    const merged = mergeFirings(signals);
    if (merged.length === 0) return;
    const known = await alertStore.lockByName(session, merged);
    const alerts = new Map(known.map((alert) => [nameOf(alert), alert]));
    const rooms = new Rooms(session, this.options.maxFiring);
    const entries: Entry[] = [];
    for (const signal of merged) {
      const entry =
        signal.type === 'firing'
          ? await this.fire(session, signal, { alerts, rooms, now })
          : release(signal, alerts.get(nameOf(signal)), now);
      if (!entry) continue;
      alerts.set(nameOf(entry.after), entry.after);
      entries.push(entry);
    }
    await this.record(session, entries, now);
  }

  /** A person's doing; undefined when there is no such alert in the organization. */
  async change(
    session: SqlSession,
    name: { readonly tenantId: string; readonly id: string },
    command: AlertCommand,
    occasion: Occasion,
  ): Promise<Alert | undefined> {
    const before = await alertStore.lock(session, name.tenantId, name.id);
    if (!before) return undefined;
    const change = applyCommand(before, command);
    if (!change) return before;
    await this.record(session, [{ ...change, occasion }], command.at);
    return change.after;
  }

  /** Resolves what was quiet long enough, so many at most; gives how many it looked at. */
  async resolveQuiet(session: SqlSession, now: number, limit: number): Promise<number> {
    const quiet = await alertStore.lockQuiet(session, now, limit);
    const entries: Entry[] = [];
    const corrected: Alert[] = [];
    for (const alert of quiet) {
      if (alert.quietAt !== null && alert.quietAt > now) {
        // Heard of in what is the future now: the clock went back, and its quiet begins anew.
        const quietMs = this.options.quietMs(alert.kind);
        corrected.push({ ...alert, heardAt: now, quietAt: quietMs === null ? null : now + quietMs });
        continue;
      }
      const change = applyCommand(alert, { type: 'Resolve', at: now, by: null, how: 'quiet', note: null });
      if (change) entries.push({ ...change, occasion: {} });
    }
    await alertStore.save(session, corrected);
    await this.record(session, entries, now);
    return quiet.length;
  }

  private async fire(
    session: SqlSession,
    firing: Firing,
    { alerts, rooms, now }: { alerts: Map<string, Alert>; rooms: Rooms; now: number },
  ): Promise<Entry> {
    const { newId, quietMs } = this.options;
    const context = { now, newId, quietMs };
    const before = alerts.get(nameOf(firing)) ?? null;
    const fits = before !== null && isFiring(before.lifecycle) ? true : await rooms.take(firing);
    if (fits) return { ...applyFiring(before, firing, context), occasion: occasionOf(firing) };

    const overflow = overflowFiring(firing, this.options.maxFiring);
    const [stored] = alerts.has(nameOf(overflow)) ? [] : await alertStore.lockByName(session, [overflow]);
    const counted = alerts.get(nameOf(overflow)) ?? stored ?? null;
    return { ...applyFiring(counted, overflow, context), occasion: occasionOf(firing) };
  }

  private async record(session: SqlSession, entries: readonly Entry[], now: number): Promise<void> {
    const latest = new Map(entries.map(({ after }) => [after.id, after]));
    await alertStore.save(session, [...latest.values()]);
    const changed = new Set(entries.filter(({ events }) => events.length > 0).map(({ after }) => after.id));
    const placed = [...latest.values()].filter(({ id }) => changed.has(id));
    await this.options.follower.place(session, placed, now);
    const outgoing = entries.flatMap(({ events, after, occasion }) =>
      events.map((event) => outgoingAlertEvent(event, after, occasion)),
    );
    await this.options.outbox.publish(session, outgoing);
  }
}

/** Room for more firing alerts, by organization. */
class Rooms {
  readonly #firing = new Map<string, number>();

  constructor(
    private readonly session: SqlSession,
    private readonly limit: number,
  ) {}

  async take(firing: Firing): Promise<boolean> {
    if (!needsRoom(firing)) return true;
    const { tenantId, severity } = firing;
    const most = this.limit + RESERVE;
    const count = this.#firing.get(tenantId) ?? (await alertStore.countFiring(this.session, tenantId, most));
    const fits = count < (severity === 'critical' ? most : this.limit);
    this.#firing.set(tenantId, fits ? count + 1 : count);
    return fits;
  }
}

function release(signal: Release, before: Alert | undefined, now: number): Entry | undefined {
  if (!before) return undefined;
  const by = signal.by.name ?? signal.by.id;
  const change = applyCommand(before, { type: 'Resolve', at: now, by, how: 'released', note: null });
  return change && { ...change, occasion: { ...occasionOf(signal), actor: signal.by } };
}

function occasionOf({ cause }: Signal): Occasion {
  return { actor: NOTIFICATION_ACTOR, correlationId: cause.correlationId, causationId: cause.id };
}

function nameOf({ tenantId, dedupKey }: Pick<Alert, 'tenantId' | 'dedupKey'>): string {
  return JSON.stringify([tenantId, dedupKey]);
}
