import { TONE_COLOURS, type Verdict } from '../theme/verdict-colours.js';

/** What Tabler's icons of the verdicts draw, on 24 by 24: as pictures, they need no elements of their own. */
export const SHAPE_PATHS: Readonly<Record<Verdict | 'neutral', readonly string[]>> = {
  allow: ['M5 12l5 5l10 -10'],
  deny: ['M3 12a9 9 0 1 0 18 0a9 9 0 1 0 -18 0', 'M5.7 5.7l12.6 12.6'],
  alert: [
    'M12 9v4',
    'M10.363 3.591l-8.106 13.534a1.914 1.914 0 0 0 1.636 2.871h16.214a1.914 1.914 0 0 0 1.636 -2.87l-8.106 -13.536a1.914 1.914 0 0 0 -3.274 0',
    'M12 16h.01',
  ],
  hold: [
    'M8 13v-7.5a1.5 1.5 0 0 1 3 0v6.5',
    'M11 5.5v-2a1.5 1.5 0 1 1 3 0v8.5',
    'M14 5.5a1.5 1.5 0 0 1 3 0v6.5',
    'M17 7.5a1.5 1.5 0 0 1 3 0v8.5a6 6 0 0 1 -6 6h-2h.208a6 6 0 0 1 -5.012 -2.7a69.74 69.74 0 0 1 -.196 -.3c-.312 -.479 -1.407 -2.388 -3.286 -5.728a1.5 1.5 0 0 1 .536 -2.022a1.867 1.867 0 0 1 2.28 .28l1.47 1.47',
  ],
  redact: [
    'M10.585 10.587a2 2 0 0 0 2.829 2.828',
    'M16.681 16.673a8.717 8.717 0 0 1 -4.681 1.327c-3.6 0 -6.6 -2 -9 -6c1.272 -2.12 2.712 -3.678 4.32 -4.674m2.86 -1.146a9.055 9.055 0 0 1 1.82 -.18c3.6 0 6.6 2 9 6c-.666 1.11 -1.379 2.067 -2.138 2.87',
    'M3 3l18 18',
  ],
  neutral: ['M8 8a3.5 3 0 0 1 3.5 -3h1a3.5 3 0 0 1 3.5 3a3 3 0 0 1 -2 3a3 4 0 0 0 -2 4', 'M12 19l0 .01'],
};

/** Which of them a word is shown with: one that nobody knows has the question mark, no word has none. */
export function shapeOf(word: string): string {
  return word === '' ? 'none' : Object.hasOwn(SHAPE_PATHS, word) ? word : 'neutral';
}

/** Rules that give `[data-verdict]` in the element of a class the colours and shape of its verdict, in both schemes. */
export function verdictRules(className: string): string {
  return (['light', 'dark'] as const)
    .flatMap((scheme) =>
      (Object.keys(SHAPE_PATHS) as (Verdict | 'neutral')[]).map((verdict) => {
        const { ink, surface } = TONE_COLOURS[scheme][verdict];
        return `[data-mantine-color-scheme='${scheme}'] .${className}[data-verdict='${verdict}'] {
          --tag-ink: ${ink}; --tag-surface: ${surface}; --tag-shape: url("${picture(SHAPE_PATHS[verdict], ink)}"); }`;
      }),
    )
    .join('\n');
}

function picture(paths: readonly string[], ink: string): string {
  const drawn = paths.map((d) => `<path d='${d}'/>`).join('');
  const svg = `<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24' fill='none' stroke='${ink}' stroke-width='2.2' stroke-linecap='round' stroke-linejoin='round'>${drawn}</svg>`;
  return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}
