import { describe, expect, it } from 'vitest';
import { PAGE, TONE_COLOURS, TONES } from './verdict-colours.js';

/** WCAG 2.2: relative luminance, and the ratio of two of them. */
const luminance = (hex: string) => {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5]
    .map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
};
const contrast = (a: string, b: string) => {
  const [light = 0, dark = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (light + 0.05) / (dark + 0.05);
};

describe.each(['light', 'dark'] as const)('the %s tones', (scheme) => {
  it.each(TONES)('of %s meet WCAG AA', (tone) => {
    const { ink, surface, mark } = TONE_COLOURS[scheme][tone];
    expect(contrast(ink, surface)).toBeGreaterThanOrEqual(4.5);
    expect(contrast(ink, PAGE[scheme])).toBeGreaterThanOrEqual(4.5);
    expect(contrast(mark, PAGE[scheme])).toBeGreaterThanOrEqual(3);
  });

  it('are all different', () => {
    expect(new Set(TONES.map((tone) => TONE_COLOURS[scheme][tone].ink)).size).toBe(TONES.length);
  });
});

it('measures black on white as 21 : 1', () => {
  expect(contrast('#000000', '#ffffff')).toBeCloseTo(21, 5);
});
