import type { DeliveryView } from '@portcullis/contracts';
import type { EventLog } from '@portcullis/eventlog';
import type { Database, SqlSession } from '@portcullis/postgres';
import { repeat } from '@portcullis/service';
import { AlertBook } from './alerts/alert-book.js';
import { alertCommands } from './alerts/alert.commands.js';
import { alertQueries, viewOfAlert } from './alerts/alert.queries.js';
import type { NotificationQueue } from './delivery/notification.js';
import { GroupTimers } from './grouping/group-timers.js';
import { Placement } from './grouping/placement.js';
import { plannedNotifications } from './grouping/planned-notifications.js';
import { Rerouting } from './grouping/rerouting.js';
import type { StormLimits } from './grouping/storm-guard.js';
import { keepHouse } from './housekeeping.js';
import { AlertIntake } from './intake/alert-intake.js';
import { ALERT_READERS } from './intake/alerts.consumer.js';
import { ConnectionNames } from './intake/connection-names.js';
import type { EventOutbox } from './outbox/event-outbox.js';
import type { QueryContext } from './queries/query-handler.js';
import { routeCommands } from './routing/route.commands.js';
import { routeQueries } from './routing/route.queries.js';
import type { AlertMetrics } from './status/alert-metrics.js';

export interface AlertSideOptions {
  readonly database: Database;
  readonly log: EventLog;
  readonly outbox: EventOutbox;
  readonly queue: NotificationQueue;
  readonly channelsAmong: (
    session: SqlSession,
    tenantId: string,
    ids: readonly string[],
  ) => Promise<ReadonlySet<string>>;
  readonly deliveriesOf: (alertId: string, context: QueryContext) => Promise<readonly DeliveryView[]>;
  readonly quietMs: (kind: string) => number | null;
  readonly maxFiring: number;
  readonly alertDays: number;
  readonly limits: StormLimits;
  readonly dashboardUrl: string | null;
  /** Milliseconds since the epoch. Replicas' clocks should agree to some seconds. */
  readonly now: () => number;
  readonly newId: () => string;
  readonly metrics: Pick<AlertMetrics, 'taken' | 'deadLettered' | 'notified'>;
  /** Told of background work that failed; it is tried again. */
  readonly onError: (error: unknown, part: string) => void;
}

const TIMERS_MS = 250;
const QUIET_MS = 5_000;
const QUIET_LIMIT = 500;
const HOUSEKEEPING_MS = 60_000;
/** Failures in a row before the health page tells of them. */
const FAILING = 3;

/** Everything between the log and the queue of notifications, wired together. */
export class AlertSide {
  readonly intake: AlertIntake;
  readonly timers: GroupTimers;
  readonly rerouting: Rerouting;
  readonly book: AlertBook;
  readonly commands: ReturnType<typeof alertCommands> & ReturnType<typeof routeCommands>;
  readonly queries: ReturnType<typeof alertQueries> & typeof routeQueries;
  #running: { stop(): Promise<void> }[] = [];
  /** Failures in a row, by part of the background work. */
  readonly #failures = new Map<string, number>();

  constructor(private readonly options: AlertSideOptions) {
    const { database, log, outbox, queue, now, newId, metrics, channelsAmong, deliveriesOf } = options;
    const placement = new Placement(newId);
    const { quietMs, maxFiring } = options;
    this.book = new AlertBook({ outbox, follower: placement, newId, quietMs, maxFiring });
    this.intake = new AlertIntake({
      database,
      log,
      book: this.book,
      names: new ConnectionNames(),
      readers: ALERT_READERS,
      now,
      events: metrics,
    });
    this.timers = new GroupTimers({
      database,
      queue,
      compose: { dashboardUrl: options.dashboardUrl },
      limits: options.limits,
      newId,
      onNotified: (count, details) => metrics.notified(count, details),
    });
    this.rerouting = new Rerouting(database, placement);
    const planned = plannedNotifications;
    const viewOf = (session: SqlSession, alert: Parameters<typeof viewOfAlert>[2], at: number) =>
      viewOfAlert({ planned }, session, alert, at);
    this.commands = {
      ...alertCommands({ book: this.book, viewOf }),
      ...routeCommands({ outbox, channelsAmong }),
    };
    this.queries = { ...alertQueries({ now, planned, deliveriesOf }), ...routeQueries };
  }

  /** Alerts that were quiet for long, until there are none left. */
  async resolveQuiet(): Promise<void> {
    const { database, now } = this.options;
    let looked: number;
    do {
      looked = await database.transaction((session) => this.book.resolveQuiet(session, now(), QUIET_LIMIT));
    } while (looked === QUIET_LIMIT);
  }

  /** For the health page: not ok while a part of the background work fails again and again. */
  readonly check = (): { ok: boolean; detail?: string } => {
    const failing = [...this.#failures].filter(([, count]) => count >= FAILING).map(([part]) => part);
    return failing.length === 0 ? { ok: true } : { ok: false, detail: `failing: ${failing.join(', ')}` };
  };

  /** Begins the work that time causes. Each part of it may run in any number of replicas. */
  start(): void {
    const { database, now, alertDays, onError } = this.options;
    const every = (everyMs: number, part: string, work: () => Promise<unknown>) => {
      const run = async () => {
        await work();
        this.#failures.delete(part);
      };
      const failed = (error: unknown) => {
        this.#failures.set(part, (this.#failures.get(part) ?? 0) + 1);
        onError(error, part);
      };
      return repeat(run, { everyMs, onError: failed });
    };
    this.#running = [
      every(TIMERS_MS, 'group timers', () => this.timers.run(now())),
      every(TIMERS_MS, 'rerouting', () => this.rerouting.run(now())),
      every(QUIET_MS, 'quiet alerts', () => this.resolveQuiet()),
      every(HOUSEKEEPING_MS, 'housekeeping', () => keepHouse(database, { now: now(), alertDays })),
    ];
  }

  async stop(): Promise<void> {
    await Promise.all(this.#running.map((one) => one.stop()));
  }
}
