import { RangeSetBuilder, StateField, type EditorState } from '@codemirror/state';
import { Decoration, EditorView, type DecorationSet } from '@codemirror/view';
import { diagnose, type Diagnosed } from '@portcullis/lens';

const MARKS = Object.fromEntries(
  (['field', 'operator', 'value', 'string', 'keyword', 'function', 'number', 'text'] as const).map((kind) => [
    kind,
    Decoration.mark({ class: `lens-${kind}` }),
  ]),
);

/** What the text means, worked out once for each change: highlighting, underlining and the page read it from here. */
export const diagnosedText = StateField.define<Diagnosed>({
  create: (state) => diagnose(state.doc.toString()),
  update: (value, transaction) => (transaction.docChanged ? diagnose(transaction.newDoc.toString()) : value),
});

/** Colours by the language's own reading of the text, not by a second grammar. */
export const lensHighlighting = StateField.define<DecorationSet>({
  create: (state) => decorations(state),
  update: (marks, transaction) => (transaction.docChanged ? decorations(transaction.state) : marks),
  provide: (field) => EditorView.decorations.from(field),
});

function decorations(state: EditorState): DecorationSet {
  const builder = new RangeSetBuilder<Decoration>();
  const { length } = state.doc;
  const sorted = [...state.field(diagnosedText).highlights].sort((a, b) => a.from - b.from || a.to - b.to);
  let end = 0;
  for (const { from, to, kind } of sorted) {
    const mark = MARKS[kind];
    if (mark === undefined || from < end || to > length || from >= to) continue;
    builder.add(from, to, mark);
    end = to;
  }
  return builder.finish();
}
