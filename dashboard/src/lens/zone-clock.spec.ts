import { describe, expect, it } from 'vitest';
import { absoluteTime } from '../pieces/time-text.js';
import { zoneClock } from './zone-clock.js';

describe('zoneClock', () => {
  it.each(['UTC', 'Europe/Berlin', 'Asia/Kolkata', 'America/St_Johns', 'Pacific/Apia'])(
    'says the same as the slow way in %s, also when the clock changes',
    (zone) => {
      for (
        let instant = Date.UTC(2026, 2, 28, 20, 7, 3, 45);
        instant < Date.UTC(2026, 2, 30);
        instant += 613_000
      ) {
        const at = new Date(instant);
        expect(zoneClock(at.toISOString(), zone)).toBe(absoluteTime(at, zone).slice(5, 23));
      }
    },
  );

  it('says nothing of what is no time', () => {
    expect(zoneClock('never', 'UTC')).toBe('');
  });
});
