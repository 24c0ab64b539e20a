import { Inject, Injectable } from '@nestjs/common';
import {
  GATEWAY_STATUS_PATH,
  gatewayStatusSchema,
  type Health,
  type SystemService,
  type SystemSpool,
  type SystemView,
} from '@portcullis/contracts';
import type { InternalClient } from '@portcullis/service';
import { AuditStore } from '../audit-store/audit-store.js';
import { HEALTH_CLIENTS, ServiceHealth, UNREACHABLE } from '../health/service-health.js';
import { activities } from './activities.js';
import { logFigures, type FiguredLog } from './log-figures.js';

/** The event log, and what it is kept in. */
export interface SystemLog {
  readonly backend: SystemView['log']['backend'];
  readonly figures: FiguredLog;
}
export const SYSTEM_LOG = Symbol('SYSTEM_LOG');

/** Answers come from memory when younger than this: a page that many look at asks once. */
const FRESH_MS = 1_000;
const ASK_MS = 3_000;

const silence = () => Promise.reject(new Error('the log did not answer in time'));
const SILENT_LOG: FiguredLog = { positions: silence, committed: silence };

/** How the deployment is doing. It always answers: what does not answer it is null with a reason. */
@Injectable()
export class SystemStatus {
  private cached: { at: number; view: Promise<SystemView> } | undefined;

  constructor(
    @Inject(ServiceHealth) private readonly health: ServiceHealth,
    @Inject(HEALTH_CLIENTS) private readonly clients: ReadonlyMap<string, InternalClient>,
    @Inject(AuditStore) private readonly store: AuditStore,
    @Inject(SYSTEM_LOG) private readonly log: SystemLog,
  ) {}

  view(): Promise<SystemView> {
    const now = performance.now();
    if (this.cached === undefined || now - this.cached.at > FRESH_MS)
      this.cached = { at: now, view: this.ask() };
    return this.cached.view;
  }

  private async ask(): Promise<SystemView> {
    const { backend, figures } = this.log;
    const [reports, spool, store, log] = await Promise.all([
      this.health.reports(),
      this.spool(),
      this.size(),
      withinTime(logFigures(figures)).then((known) => known ?? logFigures(SILENT_LOG)),
    ]);
    const now = Date.now();
    const facts = {
      services: reports.map((report) => serviceView(report, now)),
      consumers: [...log.consumers],
      spools: spool === null ? [] : [spool],
    };
    return {
      asOf: new Date(now).toISOString(),
      activities: activities(facts),
      ...facts,
      deadLetters: log.deadLetters,
      store,
      log: {
        backend,
        reachable: log.reachable,
        reason: log.reachable ? null : 'The event log cannot be reached.',
      },
    };
  }

  private async spool(): Promise<SystemSpool | null> {
    const client = this.clients.get('gateway');
    if (client === undefined) return null;
    try {
      const { gateway, spool } = gatewayStatusSchema.parse(
        await client.get(GATEWAY_STATUS_PATH, { timeoutMs: ASK_MS }),
      );
      const seconds =
        spool.oldestUnsentAt === null
          ? null
          : Math.max(0, (Date.now() - Date.parse(spool.oldestUnsentAt)) / 1_000);
      return { gateway, ...spool, oldestUnsentSeconds: seconds, reason: null };
    } catch {
      const nothing = {
        bytes: null,
        oldestUnsentAt: null,
        oldestUnsentSeconds: null,
        refusing: null,
        sending: null,
      };
      return { gateway: 'gateway', ...nothing, reason: 'The gateway does not answer.' };
    }
  }

  private async size(): Promise<SystemView['store']> {
    try {
      const { rows, bytes, oldest, newest } = await this.store.size();
      return { rows, bytes, oldestAt: iso(oldest), newestAt: iso(newest), reason: null };
    } catch {
      return {
        rows: null,
        bytes: null,
        oldestAt: null,
        newestAt: null,
        reason: 'The audit store does not answer.',
      };
    }
  }
}

function serviceView({ startedAt, ...report }: Health, now: number): SystemService {
  const unreachable = report.checks.some((check) => check.name === UNREACHABLE && !check.ok);
  return {
    ...report,
    status: unreachable ? 'unreachable' : report.status,
    startedAt: startedAt ?? null,
    uptimeSeconds:
      startedAt === undefined ? null : Math.max(0, Math.floor((now - Date.parse(startedAt)) / 1_000)),
    reason: unreachable ? 'The service does not answer.' : null,
  };
}

async function withinTime<Value>(work: Promise<Value>): Promise<Value | null> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<null>((resolve) => (timer = setTimeout(() => resolve(null), ASK_MS)));
  try {
    return await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}

function iso(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}
