import { createElement } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { describe, expect, it } from 'vitest';
import { VerdictBadge } from '../pieces/verdict-badge.js';
import { TONE_COLOURS, VERDICTS } from '../theme/verdict-colours.js';
import { SHAPE_PATHS, verdictRules } from './verdict-shapes.js';

describe('the verdicts of a result', () => {
  it.each([...VERDICTS, 'neutral'] as const)('have the shape the badge has: %s', (verdict) => {
    const badge = renderToStaticMarkup(createElement(VerdictBadge, { verdict }));
    const drawn = [...badge.matchAll(/ d="([^"]+)"/g)].map(([, path]) => path);
    expect(drawn.length).toBeGreaterThan(0);
    expect(SHAPE_PATHS[verdict]).toEqual(drawn);
  });

  it('have its colours by day and by night', () => {
    const rules = verdictRules('verdict').split('\n[');
    for (const scheme of ['light', 'dark'] as const)
      for (const verdict of VERDICTS) {
        const { ink, surface } = TONE_COLOURS[scheme][verdict];
        const rule = rules.find((one) => one.includes(`'${scheme}'`) && one.includes(`'${verdict}'`)) ?? '';
        expect(rule).toContain(`--tag-ink: ${ink}; --tag-surface: ${surface};`);
        expect(rule).toContain(encodeURIComponent(`stroke='${ink}'`));
      }
  });
});
