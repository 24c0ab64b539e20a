import { FIELDS } from '../registry/fields.js';
import type { LensField } from '../registry/field.js';
import { AGGREGATES } from '../syntax/ast.js';
import type { CompletionContext } from './completion-context.js';

export interface Completion {
  /** What is shown, and matched with what was typed. */
  readonly label: string;
  /** What is written; the label unless said. */
  readonly apply?: string;
  readonly kind: 'field' | 'operator' | 'value' | 'keyword' | 'function' | 'stage';
  readonly detail: string;
}

const STAGES: readonly Completion[] = [
  {
    label: 'stats',
    apply: 'stats count() by ',
    kind: 'stage',
    detail: 'groups with counts, sums, percentiles',
  },
  { label: 'timeseries', apply: 'timeseries count() by ', kind: 'stage', detail: 'over time' },
  { label: 'top', apply: 'top 10 ', kind: 'stage', detail: 'most frequent values' },
  { label: 'sort', apply: 'sort ', kind: 'stage', detail: 'order of rows or groups' },
  { label: 'limit', apply: 'limit ', kind: 'stage', detail: 'at most so many' },
  { label: 'fields', apply: 'fields ', kind: 'stage', detail: 'columns' },
];

const KEYWORDS: readonly Completion[] = [
  { label: 'has:', kind: 'keyword', detail: 'the field is present' },
  { label: 'OR', apply: 'OR ', kind: 'keyword', detail: 'either side' },
  { label: 'NOT', apply: 'NOT ', kind: 'keyword', detail: 'must not match' },
];

const TESTS: readonly Completion[] = [
  { label: '*', kind: 'operator', detail: 'any value' },
  { label: 're:"', kind: 'operator', detail: 'pattern' },
];
const NUMBER_TESTS: readonly Completion[] = [
  { label: '>', kind: 'operator', detail: 'more than' },
  { label: '>=', kind: 'operator', detail: 'at least' },
  { label: '<', kind: 'operator', detail: 'less than' },
  { label: '[10 TO 50]', kind: 'operator', detail: 'range, ends included' },
];

/** Everything known without looking at data. Observed values come from the server and are added by the page. */
export function completions(context: CompletionContext): readonly Completion[] {
  switch (context.kind) {
    case 'filter':
      return [
        ...FIELDS.filter((field) => field.type !== 'time').map((field) =>
          named(field, field.type === 'json' || field.type === 'map' ? '.' : ':'),
        ),
        ...KEYWORDS,
      ];
    case 'field':
      return FIELDS.filter(
        (field) =>
          !context.numbers || field.type === 'number' || field.type === 'json' || field.type === 'map',
      ).map((field) => named(field, ''));
    case 'stage':
      return STAGES;
    case 'aggregate':
      return [
        ...context.words.map((word): Completion => ({
          label: word,
          apply: `${word} `,
          kind: 'keyword',
          detail: word === 'by' ? 'group by fields' : 'length of a step',
        })),
        ...AGGREGATES.map((name): Completion => ({
          label: `${name}()`,
          apply: name === 'count' || name === 'rate' ? `${name}()` : `${name}(`,
          kind: 'function',
          detail: AGGREGATE_DOCS[name],
        })),
      ];
    case 'value': {
      if (context.quoted) return [];
      const field = FIELDS.find(({ name, aliases = [] }) =>
        [name, ...aliases].includes(context.field.split('.')[0] ?? ''),
      );
      if (field === undefined) return [];
      if (field.type === 'number') return NUMBER_TESTS;
      const known = (field.values ?? []).map((value): Completion => ({
        label: value,
        kind: 'value',
        detail: '',
      }));
      return [...known, ...TESTS, ...(field.type === 'json' || field.type === 'map' ? NUMBER_TESTS : [])];
    }
  }
}

const AGGREGATE_DOCS = {
  count: 'rows',
  uniq: 'different values',
  sum: 'sum',
  avg: 'average',
  min: 'least',
  max: 'most',
  p50: 'median',
  p95: '95th percentile',
  p99: '99th percentile',
  rate: 'rows a second',
} as const;

function named({ name, doc }: LensField, suffix: string): Completion {
  return { label: name, apply: `${name}${suffix}`, kind: 'field', detail: doc };
}
