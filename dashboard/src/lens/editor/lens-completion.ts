import {
  autocompletion,
  type Completion,
  type CompletionContext,
  type CompletionResult,
} from '@codemirror/autocomplete';
import type { Extension } from '@codemirror/state';
import {
  completionContext,
  completions,
  quoted,
  termText,
  type CompletionContext as Place,
} from '@portcullis/lens';
import { visibleText } from '../../pieces/hostile-text.js';

export interface ObservedValue {
  readonly value: string;
  readonly count: number;
}

/** Values of a field in the data that begin so, most frequent first. Rejects when nobody can be asked. */
export type ObserveValues = (
  field: string,
  prefix: string,
  signal: AbortSignal,
) => Promise<readonly ObservedValue[]>;

/** Fields, operators and keywords from the registry; values from the data, with how often they occur. */
export function lensCompletion(observe: ObserveValues): Extension {
  return autocompletion({
    override: [(context) => complete(context, observe)],
    // Enter runs the query, unless a person has moved into the list.
    selectOnOpen: false,
    icons: false,
    maxRenderedOptions: 60,
    activateOnTypingDelay: 60,
    activateOnCompletion: (completion) =>
      /[:.( ]$/.test(typeof completion.apply === 'string' ? completion.apply : ''),
  });
}

async function complete(
  context: CompletionContext,
  observe: ObserveValues,
): Promise<CompletionResult | null> {
  const place = completionContext(context.state.doc.toString(), context.pos);
  if (place === null) return null;
  if (place.kind === 'filter' && place.typed === '' && !context.explicit) return null;
  const known = completions(place).map(({ label, apply, detail, kind }): Completion => ({
    label,
    ...(apply === undefined ? {} : { apply }),
    detail,
    type: kind,
    boost: kind === 'value' ? 1 : kind === 'operator' ? -50 : 0,
  }));
  const observed = place.kind === 'value' ? await observedOptions(place, context, observe) : [];
  if (context.aborted) return null;
  const seen = new Set(observed.map(({ label }) => label));
  const options = [...observed, ...known.filter(({ label }) => !seen.has(label))];
  if (options.length === 0) return null;
  return {
    from: place.kind === 'value' && place.quoted ? place.from + 1 : place.from,
    to: place.to,
    options,
    ...(place.kind === 'value' ? {} : { validFor: /^[\w.]*$/ }),
  };
}

async function observedOptions(
  place: Place & { kind: 'value' },
  context: CompletionContext,
  observe: ObserveValues,
): Promise<Completion[]> {
  const stopped = new AbortController();
  context.addEventListener('abort', () => stopped.abort());
  try {
    const values = await observe(place.field, place.typed.replace(/^\*|\*$/g, ''), stopped.signal);
    return values
      .filter(({ value }) => value !== '')
      .map(({ value, count }, index): Completion => ({
        label: value,
        displayLabel: visibleText(value, 80),
        detail: count.toLocaleString('en'),
        type: 'value',
        boost: 99 - Math.min(index, 90),
        // In quotes the opening one stays; else the value is quoted only where it must be.
        apply: place.quoted
          ? quoted(value).slice(1)
          : termText(place.field, value).slice(place.field.length + 1),
      }));
  } catch {
    // Completion is a help: without an answer the list is shorter, and the query itself will say what is wrong.
    return [];
  }
}
