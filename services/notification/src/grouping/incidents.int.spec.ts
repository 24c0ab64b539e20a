import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startAlertRig, type AlertRig } from '../../test/alert-rig.js';
import { finding, MINUTE, SECOND } from '../../test/events.js';

const limits = { normal: { burst: 3, perHour: 120 }, critical: { burst: 3, perHour: 60 } };
const alone = { channels: ['ch1'], groupBy: ['alert'], groupWait: 0, groupInterval: 10 };

let rig: AlertRig;
beforeEach(async () => {
  rig = await startAlertRig({ limits });
  await rig.routes({ defaultRoute: alone });
});
afterEach(() => rig.stop());

const fire = async (...keys: string[]) => {
  await rig.take(...keys.map((dedupKey) => finding({ dedupKey })));
  await rig.pass(SECOND);
};
const end = async (...keys: string[]) => {
  for (const { id, dedupKey } of await rig.alerts()) {
    if (keys.includes(dedupKey)) await rig.command({ type: 'ResolveAlert', alertId: id });
  }
  await rig.pass(MINUTE);
};
const told = async () => (await rig.queued()).map(({ kind, groupKey, ends }) => ({ kind, groupKey, ends }));

describe('an incident that a receiver keeps for a group key', () => {
  it('of a digest ends with the last alert in it, and no sooner', async () => {
    await fire('a', 'b', 'c', 'd');
    expect(await told()).toEqual([{ kind: 'firing', groupKey: 'digest', ends: [] }]);
    await end('a');
    await end('b', 'c');
    expect((await told()).slice(1).map(({ ends }) => ends)).toEqual([[], [], []]);
    await end('d');
    expect((await told()).at(-1)).toMatchObject({ kind: 'resolved', ends: ['digest'] });
  });

  it('of a group ends with a digest that tells of its end', async () => {
    for (const key of ['a', 'b', 'c', 'd']) {
      await fire(key);
      await rig.pass(MINUTE);
    }
    const keys = (await told()).map(({ groupKey }) => groupKey);
    expect(new Set(keys).size).toBe(4);
    await end('a', 'b', 'c', 'd');
    const [digest, ...more] = (await told()).slice(4);
    expect(more).toEqual([]);
    expect(digest).toMatchObject({ kind: 'resolved', groupKey: 'digest' });
    expect(digest!.ends!.toSorted()).toEqual(keys.toSorted());
  });

  it('of a digest goes on while another digest tells of the end of some of it', async () => {
    await fire('a', 'b', 'c', 'd', 'e');
    await rig.pass(MINUTE);
    await end('a', 'b', 'c', 'd');
    expect((await told()).slice(1)).toEqual([{ kind: 'resolved', groupKey: 'digest', ends: [] }]);
    await end('e');
    expect((await told()).at(-1)).toMatchObject({ kind: 'resolved', ends: ['digest'] });
  });

  it('ends though new routes gave its group another key', async () => {
    await fire('a');
    const [first] = await told();
    await rig.routes({ routes: [{ name: 'all', ...alone, matchers: {} }] });
    await rig.side.rerouting.run(rig.now());
    await end('a');
    const last = (await told()).at(-1)!;
    expect(last.groupKey).not.toBe(first!.groupKey);
    expect(last).toMatchObject({ kind: 'resolved', ends: [first!.groupKey] });
  });

  it('of a digest ends when all that is left of it is told of on its own again', async () => {
    await rig.routes({ defaultRoute: { ...alone, repeatInterval: 60 } });
    await fire('a', 'b', 'c', 'd');
    await end('a', 'b', 'c');
    await rig.pass(2 * MINUTE);
    const [, repeated] = (await told()).filter(({ kind }) => kind === 'firing');
    expect(repeated).toMatchObject({ ends: ['digest'] });
    expect(repeated!.groupKey).not.toBe('digest');
  });
});
