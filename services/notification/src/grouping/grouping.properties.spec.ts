import { ALERT_SEVERITIES, type AlertSeverity } from '@portcullis/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { alertDecider, type AlertCommand } from '../alerts/alert.decider.js';
import { isFiring, isMuted, type Lifecycle } from '../alerts/alert.js';
import type { GroupSettings } from '../routing/route.js';
import { dueNotifications } from './due-notifications.js';
import { memberLifeOf, type Told } from './member.js';
import { planGroup } from './plan-group.js';
import { fullBucket, refilled, type StormLimits } from './storm-guard.js';

/**
 * One channel and its groups, moved by the functions the service runs on, in any order of firings, people and time. The
 * timer is trusted: a group is looked at when it said so, or when an alert changed.
 */
const SECOND = 1_000;
const settings: GroupSettings = {
  groupWaitMs: 30 * SECOND,
  groupIntervalMs: 300 * SECOND,
  repeatIntervalMs: 3_600 * SECOND,
  sendResolved: true,
};
const WIDE: StormLimits = { normal: { burst: 1e6, perHour: 1e6 }, critical: { burst: 1e6, perHour: 1e6 } };
const NARROW: StormLimits = { normal: { burst: 2, perHour: 6 }, critical: { burst: 3, perHour: 60 } };

type Step =
  | { do: 'fire'; alert: number; severity: AlertSeverity }
  | { do: 'acknowledge' | 'resolve' | 'quiet' | 'unmute'; alert: number }
  | { do: 'mute'; alert: number; seconds: number }
  | { do: 'wait'; seconds: number };

interface Sent {
  readonly at: number;
  readonly groups: readonly string[];
  readonly alerts: readonly string[];
  readonly critical: boolean;
}

const alert = fc.nat(5);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('fire' as const),
      alert,
      severity: fc.constantFrom(...ALERT_SEVERITIES),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom('acknowledge' as const, 'resolve' as const, 'quiet' as const, 'unmute' as const),
      alert,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('mute' as const),
      alert,
      seconds: fc.integer({ min: 1, max: 7_200 }),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('wait' as const), seconds: fc.integer({ min: 1, max: 4_000 }) }),
  },
);

class Channel {
  now = 1_000_000 * SECOND;
  readonly sent: Sent[] = [];
  readonly lives = new Map<string, Lifecycle>();
  readonly since = new Map<string, number>();
  readonly told = new Map<string, Told>();
  readonly members = new Set<string>();
  readonly lastNotifiedAt = new Map<string, number>();
  readonly heldUntil = new Map<string, number>();
  bucket;

  constructor(private readonly limits: StormLimits) {
    this.bucket = fullBucket(limits, this.now);
  }

  /** Two groups: alerts of even and of odd numbers. */
  groupOf(id: string): string {
    return Number(id) % 2 === 0 ? 'even' : 'odd';
  }

  run(steps: readonly Step[]): this {
    for (const one of steps) this.take(one);
    return this;
  }

  take(one: Step): void {
    if (one.do === 'wait') return this.wait(one.seconds * SECOND);
    const id = String(one.alert);
    const life = this.lives.get(id) ?? alertDecider.initialState;
    const command = commandOf(one, this.now);
    if (life.state === null && command.type !== 'Fire') return;
    if (command.type === 'Acknowledge' && life.state === 'resolved') return;
    const after = alertDecider.decide(command, life).reduce(alertDecider.evolve, life);
    this.lives.set(id, after);
    if (after.openings > life.openings) this.since.set(id, this.now);
    if (isFiring(after)) this.members.add(id);
    this.look();
  }

  wait(ms: number): void {
    const end = this.now + ms;
    for (;;) {
      const next = this.nextAt();
      if (next === null || next > end) break;
      this.now = Math.max(this.now, next);
      this.look();
    }
    this.now = end;
  }

  nextAt(): number | null {
    const times = ['even', 'odd'].flatMap((group) => {
      const { tell, nextAt } = this.plan(group);
      const held = this.heldUntil.get(group) ?? -Infinity;
      const at = tell === null ? nextAt : this.now;
      return at === null ? [] : [Math.max(at, held)];
    });
    return times.length === 0 ? null : Math.min(...times);
  }

  look(): void {
    this.bucket = refilled(this.bucket, this.limits, this.now);
    const planned = ['even', 'odd']
      .filter((id) => (this.heldUntil.get(id) ?? -Infinity) <= this.now)
      .map((id) => {
        const lastNotifiedAt = this.lastNotifiedAt.get(id) ?? null;
        const group = {
          id,
          tenantId: 't',
          channelId: 'c',
          routeId: null,
          groupKey: id,
          lastNotifiedAt,
          nextAt: null,
        };
        return { group, plan: this.plan(id) };
      });
    const pass = dueNotifications(planned, this.bucket, this.limits, this.now);
    this.bucket = pass.bucket;
    for (const one of pass.notifications) {
      this.sent.push({
        at: this.now,
        groups: one.groups.map(({ id }) => id),
        alerts: one.members.map(({ alertId }) => alertId),
        critical: planned.some(
          ({ group, plan }) => plan.tell?.critical === true && one.groups.includes(group),
        ),
      });
    }
    for (const [id, told] of pass.told) this.told.set(id, told);
    for (const { group, plan } of planned) {
      const after = pass.groups.find(({ id }) => id === group.id)!;
      if (after.lastNotifiedAt !== null) this.lastNotifiedAt.set(group.id, after.lastNotifiedAt);
      const isHeld = plan.tell !== null && !pass.notifications.some(({ groups }) => groups.includes(group));
      if (isHeld) this.heldUntil.set(group.id, after.nextAt!);
    }
    for (const id of pass.done) {
      this.members.delete(id);
      this.told.delete(id);
    }
  }

  plan(group: string) {
    const members = [...this.members]
      .filter((id) => this.groupOf(id) === group)
      .map((alertId) => ({
        alertId,
        life: memberLifeOf(this.lives.get(alertId)!),
        since: this.since.get(alertId)!,
        told: this.told.get(alertId) ?? null,
      }));
    return planGroup(members, this.lastNotifiedAt.get(group) ?? null, settings, this.now);
  }
}

function commandOf(one: Exclude<Step, { do: 'wait' }>, at: number): AlertCommand {
  const person = { at, by: 'Ana', note: null };
  switch (one.do) {
    case 'fire':
      return { type: 'Fire', at, severity: one.severity };
    case 'acknowledge':
      return { type: 'Acknowledge', ...person };
    case 'resolve':
      return { type: 'Resolve', how: 'person', ...person };
    case 'quiet':
      return { type: 'Resolve', at, by: null, how: 'quiet', note: null };
    case 'mute':
      return { type: 'Mute', until: at + one.seconds * SECOND, ...person };
    case 'unmute':
      return { type: 'Unmute', ...person };
  }
}

const steps = fc.array(step, { minLength: 1, maxLength: 60 });

describe('whatever happens', () => {
  it.each([
    ['without a storm', WIDE],
    ['in a storm', NARROW],
  ])('everything that goes on firing is told of in the end, %s', (_, limits) => {
    fc.assert(
      fc.property(steps, (before) => {
        const channel = new Channel(limits).run(before);
        // Long enough for every mute, interval and token.
        channel.wait(24 * 3_600 * SECOND);
        for (const [id, life] of channel.lives) {
          if (!isFiring(life) || life.state === 'acknowledged') continue;
          const told = channel.told.get(id);
          expect(isMuted(life, channel.now)).toBe(false);
          expect(told, `alert ${id}`).toMatchObject({
            opening: life.openings,
            firing: true,
            severity: life.severity,
          });
        }
        for (const [id, life] of channel.lives) {
          if (isFiring(life)) continue;
          // Nobody is left believing that it fires.
          expect(channel.told.get(id)?.firing ?? false, `alert ${id}`).toBe(false);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('a group is not told twice within its interval, unless something critical is new', () => {
    fc.assert(
      fc.property(steps, (before) => {
        const channel = new Channel(WIDE).run([...before, { do: 'wait', seconds: 20_000 }]);
        for (const group of ['even', 'odd']) {
          const told = channel.sent.filter(({ groups }) => groups.includes(group));
          for (const [index, one] of told.entries()) {
            const previous = told[index - 1];
            if (!previous || one.critical) continue;
            expect(one.at - previous.at).toBeGreaterThanOrEqual(settings.groupIntervalMs);
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  it('nothing is told twice without news within the repeat interval', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 30 }), (before) => {
        const channel = new Channel(WIDE).run(before);
        channel.wait(7_200 * SECOND);
        // From here on nothing happens but time.
        const from = channel.sent.length;
        channel.wait(48 * 3_600 * SECOND);
        for (const group of ['even', 'odd']) {
          const told = channel.sent.slice(from).filter(({ groups }) => groups.includes(group));
          for (const [index, one] of told.entries()) {
            if (index > 0)
              expect(one.at - told[index - 1]!.at).toBeGreaterThanOrEqual(settings.repeatIntervalMs);
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  it('looking more often than needed tells nothing more', () => {
    fc.assert(
      fc.property(steps, fc.nat(20), (before, looks) => {
        const calm = new Channel(WIDE);
        const nervous = new Channel(WIDE);
        for (const one of before) {
          calm.take(one);
          nervous.take(one);
          for (let n = 0; n < looks; n += 1) nervous.look();
        }
        expect(nervous.sent).toEqual(calm.sent);
      }),
      { numRuns: 200 },
    );
  });

  it('a storm is told in no more notifications than there are tokens', () => {
    fc.assert(
      fc.property(steps, (before) => {
        const channel = new Channel(NARROW);
        const started = channel.now;
        channel.run(before);
        const hours = (channel.now - started) / 3_600_000;
        const { normal, critical } = NARROW;
        expect(channel.sent.length).toBeLessThanOrEqual(
          normal.burst + critical.burst + hours * (normal.perHour + critical.perHour) + 1e-6,
        );
      }),
      { numRuns: 300 },
    );
  });
});
