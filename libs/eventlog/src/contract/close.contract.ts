import { describe, expect, it } from 'vitest';
import type { EventLogRig } from './event-log-rig.js';
import { Gate } from './gate.js';
import { group, record } from './numbered-records.js';

export function describeClose(rig: EventLogRig): void {
  describe('close', () => {
    it('stops readers, lets appends finish, and refuses what comes later', async () => {
      const topic = await rig.newTopic(1);
      const { log: closing } = await rig.connect();
      const gate = new Gate();
      await closing.subscribe({
        group: group(),
        topics: [topic],
        from: 'beginning',
        onBatch: () => gate.pass(),
      });
      const append = closing.append([record(topic, 'k', 0)]);
      await gate.entered(1);
      gate.open();
      await closing.close();
      await append;
      await expect(closing.append([record(topic, 'k', 1)])).rejects.toMatchObject({
        code: 'eventlog.closed',
      });
      await expect(closing.tail({ topics: [topic], onBatch: async () => {} })).rejects.toMatchObject({
        code: 'eventlog.closed',
      });
      await expect(
        closing.subscribe({ group: group(), topics: [topic], from: 'end', onBatch: async () => {} }),
      ).rejects.toMatchObject({ code: 'eventlog.closed' });
      await closing.close();
      await rig.log.append([record(topic, 'k', 1)]);
      expect(gate.count).toBe(1);
    });
  });
}
