import type { AlertSeverity } from '@portcullis/contracts';
import { describe, expect, it } from 'vitest';
import type { GroupSettings } from '../routing/route.js';
import type { Member, MemberLife, Told } from './member.js';
import { planGroup } from './plan-group.js';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const T = 1_000 * HOUR;
const settings: GroupSettings = {
  groupWaitMs: 30 * SECOND,
  groupIntervalMs: 5 * MINUTE,
  repeatIntervalMs: 4 * HOUR,
  sendResolved: true,
};

type Sketch = Partial<MemberLife> & { id?: string; since?: number; told?: Partial<Told> | null };
const member = ({ id = 'a', since = T, told = null, ...life }: Sketch): Member => ({
  alertId: id,
  since,
  told: told && { opening: 1, firing: true, severity: 'medium', at: T, ...told },
  life: {
    state: 'open',
    severity: 'medium',
    openings: 1,
    wasAcknowledged: false,
    resolution: null,
    mutedUntil: null,
    ...life,
  },
});
const resolved = { state: 'resolved', resolution: 'quiet' } as const;
const acknowledged = { state: 'acknowledged', wasAcknowledged: true } as const;

/** When the group is next looked at, in milliseconds from T. */
const nextAt = (members: Sketch[], last: number | null = null, now = T) => {
  const { tell, nextAt: at } = planGroup(members.map(member), last, settings, now);
  expect(tell).toBeNull();
  return at === null ? null : at - T;
};

describe('a group is next told', () => {
  it.each<[string, Sketch[], number | null, number | null]>([
    ['after the group wait when it is new', [{}], null, 30 * SECOND],
    ['counted from the first that came', [{ since: T - 20 * SECOND }, { id: 'b' }], null, 10 * SECOND],
    ['after the group interval when it was told', [{}], T - MINUTE, 4 * MINUTE],
    ['of what got worse in its turn', [{ severity: 'high', told: {} }], T - MINUTE, 4 * MINUTE],
    [
      'of what was reopened in its turn',
      [{ openings: 2, state: 'reopened', told: {} }],
      T - MINUTE,
      4 * MINUTE,
    ],
    ['of what ended in its turn', [{ ...resolved, told: {} }], T - MINUTE, 4 * MINUTE],
    ['after the repeat interval when there is nothing new', [{ told: {} }], T, 4 * HOUR],
    [
      'never of what is acknowledged',
      [
        { ...acknowledged, told: {} },
        { id: 'b', ...acknowledged },
      ],
      T,
      null,
    ],
    ['never again of an end that was told', [{ ...resolved, told: { firing: false } }], T, null],
    [
      'never of what a person resolved before anybody was told',
      [{ state: 'resolved', resolution: 'person' }],
      null,
      null,
    ],
    [
      'never of what was acknowledged and ended before anybody was told',
      [{ ...resolved, wasAcknowledged: true }],
      null,
      null,
    ],
    ['of what ended by itself before anybody was told', [{ ...resolved }], null, 30 * SECOND],
    ['when the mute ends', [{ mutedUntil: T + HOUR }], null, HOUR],
    [
      'when the mute of what was told ends, if that is after the repeat',
      [{ told: {}, mutedUntil: T + 9 * HOUR }],
      T,
      9 * HOUR,
    ],
    ['of what is not muted', [{ mutedUntil: T + HOUR }, { id: 'b', since: T - SECOND }], null, 29 * SECOND],
    [
      'of the end even of what is muted, if it was told',
      [{ ...resolved, mutedUntil: T + HOUR, told: {} }],
      T - MINUTE,
      4 * MINUTE,
    ],
    [
      'when the mute ends, of what ended before anybody was told',
      [{ ...resolved, mutedUntil: T + HOUR }],
      null,
      HOUR,
    ],
    ['never when it is empty', [], null, null],
  ])('%s', (_, members, last, expected) => {
    expect(nextAt(members, last)).toBe(expected);
  });
});

describe('a group whose time has come', () => {
  const plan = (members: Sketch[], last: number | null = null, now = T, its = settings) =>
    planGroup(members.map(member), last, its, now);

  it('tells of all that fires, and of what ended', () => {
    const {
      tell,
      told,
      nextAt: at,
      done,
    } = plan(
      [
        { id: 'new', since: T - MINUTE },
        { id: 'known', told: { at: T - HOUR } },
        { id: 'later', since: T },
        { id: 'ended', ...resolved, told: { at: T - HOUR } },
        { id: 'muted', mutedUntil: T + MINUTE, since: T - HOUR },
        { id: 'acknowledged', ...acknowledged, told: {} },
      ],
      T - HOUR,
    );
    expect(tell?.kind).toBe('firing');
    expect(tell?.members.map(({ alertId }) => alertId)).toEqual(['new', 'known', 'later', 'ended']);
    expect(told.get('ended')).toEqual({ opening: 1, firing: false, severity: 'medium', at: T });
    expect(done).toEqual(['ended']);
    expect(at).toBe(T + 5 * MINUTE);
  });

  it('is told resolved when nothing of it fires any more', () => {
    expect(plan([{ ...resolved, told: {} }], T - HOUR).tell?.kind).toBe('resolved');
    expect(
      plan(
        [
          { ...resolved, told: {} },
          { id: 'b', told: {} },
        ],
        T - HOUR,
      ).tell?.kind,
    ).toBe('firing');
  });

  it('keeps quiet about ends where the route says so, but not about what nobody was told of', () => {
    const silent = { ...settings, sendResolved: false };
    expect(plan([{ ...resolved, told: {} }], T - HOUR, T, silent)).toMatchObject({ tell: null, done: ['a'] });
    expect(plan([{ ...resolved, since: T - HOUR }], null, T, silent).tell?.kind).toBe('resolved');
  });

  it.each<[string, Sketch]>([
    ['new', { severity: 'critical' }],
    ['worse', { severity: 'critical', told: { at: T - SECOND } }],
    ['reopened', { severity: 'critical', openings: 2, told: { severity: 'critical', firing: false } }],
  ])('waits for nothing when something critical is %s', (_, sketch) => {
    expect(plan([sketch], T - SECOND).tell).toMatchObject({ critical: true });
  });

  it('is not urgent for what is critical and known', () => {
    const known = {
      severity: 'critical',
      told: { severity: 'critical' as AlertSeverity, at: T - 4 * HOUR },
    } as const;
    expect(plan([known], T - 4 * HOUR).tell).toMatchObject({ critical: false });
  });

  it('forgets what ended and is told, and keeps what fires in silence', () => {
    const { done } = plan(
      [
        { id: 'x', ...resolved, told: { firing: false } },
        { id: 'y', ...acknowledged, told: {} },
      ],
      T,
    );
    expect(done).toEqual(['x']);
  });
});

describe('a clock that went back', () => {
  it('makes nobody wait for it to catch up', () => {
    const later = T + 24 * HOUR;
    expect(nextAt([{ told: { at: later } }], later)).toBe(4 * HOUR);
    expect(nextAt([{ since: later }], null)).toBe(30 * SECOND);
    expect(nextAt([{ id: 'b', since: later }], later)).toBe(5 * MINUTE);
  });
});
