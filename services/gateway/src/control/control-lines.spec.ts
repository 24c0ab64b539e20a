import { describe, expect, it } from 'vitest';
import { ControlLineInvalid, ControlLines } from './control-lines.js';

const heartbeat = { type: 'heartbeat', at: '2026-01-02T03:04:05Z', position: 7 };

describe('ControlLines', () => {
  it('finds the same messages however the text is cut', () => {
    const text = `${JSON.stringify(heartbeat)}\n\n${JSON.stringify({ ...heartbeat, position: 8 })}\n`;
    for (let cut = 0; cut <= text.length; cut += 1) {
      const lines = new ControlLines();
      expect([...lines.push(text.slice(0, cut)), ...lines.push(text.slice(cut))]).toEqual([
        heartbeat,
        { ...heartbeat, position: 8 },
      ]);
    }
  });

  it('hands over types it does not know as null', () => {
    expect(new ControlLines().push('{"type":"later"}\n{}\n')).toEqual([null, null]);
  });

  it.each([
    ['no JSON', 'stop everything\n'],
    ['an order that cannot be obeyed', '{"type":"stop","mode":"gently"}\n'],
    ['a line without end', 'x'.repeat(70_000)],
  ])('refuses %s', (_, text) => {
    expect(() => new ControlLines().push(text)).toThrow(ControlLineInvalid);
  });
});
