import { describe, expect, it } from 'vitest';
import { bytesText, countText, uptimeText } from './figures.js';

describe('figures', () => {
  it('are short, and honest where nothing is known', () => {
    expect([0, 999, 1_000, 1_444_000_000, 250_000_000_000_000].map(bytesText)).toEqual([
      '0 B',
      '999 B',
      '1.0 kB',
      '1.4 GB',
      '250 TB',
    ]);
    expect([countText(1_234_567), uptimeText(59), uptimeText(7_500), uptimeText(200_000)]).toEqual([
      '1,234,567',
      '0 min',
      '2 h 5 min',
      '2 d 7 h',
    ]);
    expect([bytesText(null), countText(null), uptimeText(null)]).toEqual(['unknown', 'unknown', 'unknown']);
  });
});
