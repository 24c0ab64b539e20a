import { deadLetterTopic, TOPICS } from '@portcullis/contracts';
import type { LogBatch } from '@portcullis/eventlog';
import { until } from '@portcullis/testing';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startAlertRig, type AlertRig } from '../../test/alert-rig.js';
import {
  batchOf,
  call,
  finding,
  killSwitchEngaged,
  killSwitchReleased,
  logRecord,
  START,
} from '../../test/events.js';

let rig: AlertRig;
beforeEach(async () => {
  rig = await startAlertRig();
});
afterEach(() => rig.stop());

const occurrences = async () => (await rig.alerts()).map((alert) => alert.occurrences);

describe('what comes again', () => {
  it('is taken once: the same batch, a part of it, another cut of it', async () => {
    const batch = batchOf(Array.from({ length: 6 }, () => finding()));
    const part = (from: number, to: number): LogBatch => ({
      ...batch,
      records: batch.records.slice(from, to),
    });
    for (const one of [part(0, 2), part(0, 4), part(1, 3), part(3, 6), batch])
      await rig.side.intake.take(one);
    expect(await occurrences()).toEqual([6]);
    expect(await rig.published()).toHaveLength(1);
  });

  it('is taken once though a producer appended it twice', async () => {
    const one = finding();
    await rig.take(one, finding(), one);
    await rig.take(one);
    expect(await occurrences()).toEqual([2]);
  });

  it('is taken once of calls, by the numbers of their gateway', async () => {
    const numbered = (seq: number, epoch = 'e1') => call({}, { gateway: { id: 'gw', epoch, seq } });
    await rig.take(numbered(1), numbered(2), numbered(2), numbered(5));
    await rig.take(numbered(2), numbered(5), numbered(6), numbered(1, 'e2'));
    expect(await occurrences()).toEqual([5]);
  });

  it('is taken once by two replicas that hold one partition for a moment', async () => {
    const other = rig.newSide();
    const batches = Array.from({ length: 8 }, (_, n) =>
      batchOf([finding(), finding({ dedupKey: 'b' })], BigInt(2 * n)),
    );
    await Promise.all(
      [rig.side, other].map(async (side) => {
        for (const batch of batches) await side.intake.take(batch);
      }),
    );
    expect(await occurrences()).toEqual([8, 8]);
    expect(await rig.published()).toHaveLength(2);
  });

  it('changes nothing wherever a process stops between the steps of a batch', async () => {
    const events = Array.from({ length: 12 }, (_, n) => finding({ dedupKey: `k${n % 3}` }));
    // Each time the transaction fails at another of its statements; what follows starts from the log again.
    for (let failAt = 1; failAt <= 14; failAt += 1) {
      let statement = 0;
      const failing = rig.newSide({
        database: Object.create(rig.database, {
          transaction: {
            value: (work: (session: typeof rig.database) => Promise<unknown>) =>
              rig.database.transaction((session) => {
                const query = (sql: string, parameters?: readonly unknown[]) => {
                  statement += 1;
                  if (statement === failAt) return Promise.reject(new Error('killed'));
                  return session.query(sql, parameters);
                };
                return work({ query } as typeof rig.database);
              }),
          },
        }),
      });
      await failing.intake.take(batchOf(events)).catch(() => undefined);
    }
    await rig.side.intake.take(batchOf(events));
    expect(await occurrences()).toEqual([4, 4, 4]);
    expect(await rig.published()).toHaveLength(3);
  });

  it('leaves the same alerts, however the log is cut and repeated', async () => {
    const events = [
      finding(),
      finding({ dedupKey: 'b', severity: 'low' }),
      finding({ severity: 'critical' }),
      finding({ dedupKey: 'b' }),
      finding(),
    ];
    const whole = async (cuts: readonly number[]) => {
      await rig.database.query(
        'truncate notification.alerts, notification.taken, notification.seen_events, notification.groups cascade',
      );
      let from = 0;
      for (const cut of [...cuts, events.length]) {
        // Up to one record of what was taken comes again.
        const start = Math.max(0, from - 1);
        const records = batchOf(events).records.slice(start, Math.max(cut, start + 1));
        await rig.side.intake.take({ ...batchOf(events), records });
        from = Math.max(from, cut);
      }
      return (await rig.alerts())
        .map((alert) => [alert.dedupKey, alert.severity, alert.occurrences, alert.state])
        .sort();
    };
    const expected = await whole([]);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 4 }), async (cuts) => {
        expect(await whole(cuts.toSorted())).toEqual(expected);
      }),
      { numRuns: 15 },
    );
  });
});

describe('what nobody can read', () => {
  const raw = (type: string, value: string | Uint8Array, offset: bigint) => ({
    ...logRecord(finding(), offset),
    type,
    value: typeof value === 'string' ? Buffer.from(value) : value,
  });

  it('goes to the dead letters, and the rest goes on', async () => {
    const { id: _, ...withoutId } = finding();
    const records = [
      raw('FindingRaised', 'not json', 0n),
      logRecord(finding(), 1n),
      raw('FindingRaised', new Uint8Array([0xff, 0xfe]), 2n),
      raw('FindingRaised', JSON.stringify(withoutId), 3n),
      raw('FindingRaised', JSON.stringify({ ...finding(), data: { kind: 'x' } }), 4n),
      raw('FindingRaised', JSON.stringify({ ...finding(), occurredAt: 'yesterday' }), 5n),
      raw('SomethingNew', JSON.stringify({ ...finding(), type: 'SomethingNew' }), 6n),
      raw('FindingRaised', JSON.stringify({ ...finding(), version: 2 }), 7n),
      logRecord(finding(), 8n),
    ];
    const letters: unknown[] = [];
    await rig.log.subscribe({
      group: 'test',
      topics: [deadLetterTopic(TOPICS.anomalyFindings.name)],
      from: 'beginning',
      onBatch: async (batch) => {
        letters.push(...batch.records.map(({ value }) => JSON.parse(Buffer.from(value).toString())));
      },
    });
    await rig.side.intake.take({ ...batchOf([finding()]), records });
    expect(await occurrences()).toEqual([2]);
    expect(rig.deadLetters).toEqual([
      'notification.invalid_json',
      'notification.invalid_utf8',
      'notification.invalid_envelope',
      'notification.invalid_data',
      'notification.event_time',
      'notification.unknown_type',
      'notification.unknown_type',
    ]);
    await until(() => letters.length === 7);
    expect(letters[0]).toMatchObject({
      offset: '0',
      reason: { code: 'notification.invalid_json' },
      value: Buffer.from('not json').toString('base64'),
    });
  });

  it('is nothing of the kind when it is merely hostile', async () => {
    const nasty = 'a\u0000b\u202Ec\uD800 <img src=x onerror=alert(1)> =cmd|x';
    await rig.take(
      finding({ title: nasty, tool: nasty, agent: nasty, dedupKey: nasty, kind: `k${nasty}`.slice(0, 60) }),
      call({ rule: nasty, connection: { id: nasty, slug: nasty } }),
      killSwitchEngaged(nasty, { target: nasty, reason: nasty }),
    );
    expect(rig.deadLetters).toEqual([]);
    const alerts = await rig.alerts();
    expect(alerts).toHaveLength(3);
    for (const { title } of alerts) expect(title).not.toMatch(/\p{C}/u);
  });

  it('is skipped when it means nothing here', async () => {
    const skipped = [
      call({ decision: 'allow' }),
      call({ decision: 'deny' }, { type: 'CallRefused' }),
      { ...killSwitchEngaged('ks1'), type: 'PolicyPublished' },
      { ...killSwitchEngaged('ks1'), type: 'FromALaterRelease' },
    ];
    for (const event of skipped) await rig.take(event);
    expect([await rig.alerts(), rig.deadLetters]).toEqual([[], []]);
  });
});

describe('a bound', () => {
  it('holds for alerts that fire at once; what comes beyond is counted, and what matters most is not lost', async () => {
    await rig.stop();
    rig = await startAlertRig({ maxFiring: 10 });
    await rig.take(
      ...Array.from({ length: 30 }, (_, n) => finding({ dedupKey: `k${n}`, tool: `tool-${n}` })),
      finding({ dedupKey: 'critical', severity: 'critical' }),
      killSwitchEngaged('ks1'),
    );
    const alerts = await rig.alerts();
    const ofKind = (kind: string) => alerts.filter((alert) => alert.kind === kind);
    expect(ofKind('rate_spike')).toHaveLength(11);
    expect(ofKind('kill_switch')).toHaveLength(1);
    expect(ofKind('alert_overflow')).toMatchObject([{ occurrences: 20, severity: 'high' }]);
    // Those that fire already go on being counted, and there is room again when some end.
    await rig.take(finding({ dedupKey: 'k0' }));
    for (const { id } of alerts.slice(0, 13)) await rig.command({ type: 'ResolveAlert', alertId: id });
    await rig.take(finding({ dedupKey: 'k25' }));
    expect((await rig.alerts()).find(({ dedupKey }) => dedupKey === 'k25')).toMatchObject({ state: 'open' });
  });

  it('holds for what is kept of the resolved', async () => {
    await rig.take(killSwitchEngaged('ks1'), killSwitchReleased('ks1'), finding());
    rig.clock.set(new Date(START + 181 * 86_400_000));
    const { keepHouse } = await import('../housekeeping.js');
    await keepHouse(rig.database, { now: rig.now(), alertDays: 180 });
    expect((await rig.alerts()).map(({ kind }) => kind)).toEqual(['rate_spike']);
  });
});

describe('a log that was made anew', () => {
  it('is read from its beginning', async () => {
    await rig.take(finding(), finding(), finding());
    // Its end is before what was taken: these offsets are of another log.
    await rig.side.intake.assigned({ topic: TOPICS.anomalyFindings.name, partition: 0, offset: 0n });
    await rig.side.intake.take(batchOf([finding()], 0n));
    expect(await occurrences()).toEqual([4]);
  });
});
