import { describe, expect, it } from 'vitest';
import { newEventId } from './event-ids.js';

describe('newEventId', () => {
  it('makes UUIDs of version 7 that do not repeat', () => {
    const ids = Array.from({ length: 5_000 }, () => newEventId());
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids)
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  it('carries the time in milliseconds', () => {
    const before = Date.now();
    const time = parseInt(newEventId().replace('-', '').slice(0, 12), 16);
    expect(time).toBeGreaterThanOrEqual(before);
    expect(time).toBeLessThanOrEqual(Date.now());
  });
});
