import { describe, expect, it } from 'vitest';
import { figureText, placesOf } from './detection-places.js';
import type { DetectionSettings } from './detection-queries.js';

const inherited: DetectionSettings = { rateMultiplier: null, rateMinCalls: null, off: null };

describe('where detection is set', () => {
  const view = {
    organization: { ...inherited, rateMultiplier: 5 },
    connections: [{ connectionId: 'c2', slug: 'jira', ...inherited, off: ['first_use' as const] }],
  };
  const places = placesOf(view, [{ id: 'c1', slug: 'github' }, { id: 'c2', slug: 'jira' }]); // prettier-ignore

  it('shows the organization first, then every connection with what is its own', () => {
    expect(places).toEqual([
      { connectionId: null, name: 'Every connection', settings: view.organization },
      { connectionId: 'c1', name: 'github', settings: inherited },
      { connectionId: 'c2', name: 'jira', settings: { ...inherited, off: ['first_use'] } },
    ]);
  });

  it('says a figure, or where it comes from', () => {
    expect(places.map((place) => figureText(place, place.settings.rateMultiplier, '×'))).toEqual([
      '5×',
      'As every connection',
      'As every connection',
    ]);
    expect(figureText(places[0]!, null, '×')).toBe('Default');
  });
});
