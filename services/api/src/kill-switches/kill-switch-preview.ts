import { Inject, Injectable } from '@nestjs/common';
import { killSwitchReachSchema, type KillSwitchReach, type Query } from '@portcullis/contracts';
import { parse, type Filter } from '@portcullis/lens';
import { AuditStore, type Page } from '../audit-store/audit-store.js';
import { timeRange } from '../audit-store/time-range.js';
import type { Caller } from '../authentication/caller.js';
import { equals, every, has } from '../lens/filters.js';
import { compileQuery } from '../lens/lens-query.js';
import { serverQueryId } from '../lens/running-query.js';
import { PolicyService } from '../policy-service/policy-service.js';

export interface KillSwitchPreviewed extends KillSwitchReach {
  readonly callsPerMinute: number;
  readonly calls: readonly { readonly time: string; readonly count: number }[];
  readonly lastUsers: readonly { readonly user: string; readonly lastSeenAt: string }[];
}

const RATE_MINUTES = 10;
const USERS_SHOWN = 5;
/** Latest rows looked at for the users: an agent of one user must not hide the others behind thousands of calls. */
const USERS_ROWS = 1_000;

/** What a kill switch would stop: sessions as the policy service has them, calls as the history has them. */
@Injectable()
export class KillSwitchPreview {
  constructor(
    @Inject(PolicyService) private readonly policy: PolicyService,
    @Inject(AuditStore) private readonly store: AuditStore,
  ) {}

  /** Rejects with `kill_switch.target_not_found` for a target that is not of the caller's organization. */
  async of(
    caller: Caller,
    asked: Pick<Extract<Query, { type: 'killSwitchReach' }>, 'scope' | 'target'>,
  ): Promise<KillSwitchPreviewed> {
    const answer = await this.policy.one(caller, { type: 'killSwitchReach', ...asked });
    const reach = killSwitchReachSchema.parse(answer.data);
    const { tenantId } = caller.principal;
    const [calls, users] = await Promise.all([
      this.run(tenantId, reach, `now-${RATE_MINUTES}m`, '| timeseries count() every 1m', [], 1),
      this.run(tenantId, reach, 'now-1d', '| fields time, user', [has('user')], USERS_ROWS),
    ]);
    const perMinute = calls.rows.map((row) => ({ time: String(row['time']), count: Number(row['count()']) }));
    const total = perMinute.reduce((sum, { count }) => sum + count, 0);
    return {
      ...reach,
      callsPerMinute: Math.round((total / RATE_MINUTES) * 10) / 10,
      calls: perMinute,
      lastUsers: lastUsers(users.rows),
    };
  }

  private run(
    tenantId: string,
    reach: KillSwitchReach,
    from: string,
    stages: string,
    also: readonly Filter[],
    limit: number,
  ): Promise<Page> {
    const now = Date.now();
    const filter = every([has('method'), ...filterOf(reach), ...also]);
    const compiled = compileQuery(
      { filter, stages: parse(stages).query.stages },
      { tenantId, ...timeRange(from, 'now', now) },
      { limit },
    );
    return this.store.run(compiled, { queryId: serverQueryId(tenantId), ceiling: now });
  }
}

const FIELD = { connection: 'connection_id', agent: 'key_id', session: 'session' } as const;

function filterOf({ scope, target }: KillSwitchReach): Filter[] {
  return scope === 'organization' || target === null ? [] : [equals(FIELD[scope], target)];
}

function lastUsers(rows: readonly Record<string, unknown>[]): { user: string; lastSeenAt: string }[] {
  const latest = new Map<string, string>();
  // Newest first: what is met first is what was last.
  for (const row of rows) {
    const user = String(row['user']);
    if (!latest.has(user)) latest.set(user, String(row['time']));
    if (latest.size === USERS_SHOWN) break;
  }
  return [...latest].map(([user, lastSeenAt]) => ({ user, lastSeenAt }));
}
