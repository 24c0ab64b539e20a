import {
  acceptCompletion,
  closeCompletion,
  completionKeymap,
  completionStatus,
  moveCompletionSelection,
  startCompletion,
} from '@codemirror/autocomplete';
import { history, historyKeymap, standardKeymap } from '@codemirror/commands';
import { EditorState, Prec, type Extension } from '@codemirror/state';
import { EditorView, highlightSpecialChars, keymap, placeholder, tooltips } from '@codemirror/view';
import { LENS_LIMITS, type Diagnosed } from '@portcullis/lens';
import { styleNonce } from '../../theme/style-nonce.js';
import { lensCompletion, type ObserveValues } from './lens-completion.js';
import { diagnosedText, lensHighlighting } from './lens-highlighting.js';
import { lensLinting } from './lens-linting.js';

export interface LensEditorOptions {
  readonly parent: HTMLElement;
  readonly text: string;
  readonly label: string;
  /** Id of what describes the field, such as the message below it. */
  readonly describedBy: string;
  readonly onChange: (text: string, diagnosed: Diagnosed) => void;
  readonly onRun: (text: string) => void;
  readonly observe: ObserveValues;
}

export interface LensEditor {
  readonly view: EditorView;
  /** Replaces the text when it is another; the cursor goes to its end. */
  setText(text: string): void;
  focus(): void;
  destroy(): void;
}

/** The bar: CodeMirror with the language's own colours, mistakes and completion. */
export function openLensEditor(options: LensEditorOptions): LensEditor {
  const view = new EditorView({
    parent: options.parent,
    state: EditorState.create({ doc: oneLine(options.text), extensions: extensions(options) }),
  });
  // CodeMirror says so of every editor; this one is a line, and its role knows no lines.
  view.contentDOM.removeAttribute('aria-multiline');
  return {
    view,
    setText: (text) => {
      if (view.state.doc.toString() === text) return;
      view.dispatch({
        changes: { from: 0, to: view.state.doc.length, insert: oneLine(text) },
        selection: { anchor: oneLine(text).length },
      });
    },
    focus: () => {
      view.focus();
      view.dispatch({ selection: { anchor: view.state.doc.length } });
    },
    destroy: () => view.destroy(),
  };
}

function extensions({ label, describedBy, onChange, onRun, observe }: LensEditorOptions): Extension {
  const run = (view: EditorView) => {
    closeCompletion(view);
    onRun(view.state.doc.toString());
    return true;
  };
  return [
    EditorView.cspNonce.of(styleNonce()),
    Prec.highest(
      keymap.of([
        {
          key: 'Enter',
          run: (view) => (completionStatus(view.state) === 'active' && acceptCompletion(view)) || run(view),
        },
        { key: 'Mod-Enter', run },
        { key: 'Tab', run: (view) => completionStatus(view.state) === 'active' && acceptFirst(view) },
        { key: 'Escape', run: (view) => closeCompletion(view) || leave(view) },
        { key: 'Mod- ', run: startCompletion },
      ]),
    ),
    history(),
    keymap.of([...completionKeymap, ...historyKeymap, ...standardKeymap]),
    diagnosedText,
    lensHighlighting,
    lensLinting,
    lensCompletion(observe),
    singleLine,
    EditorView.lineWrapping,
    // What a person cannot see is shown: it may have been pasted from an argument.
    highlightSpecialChars(),
    placeholder(hint),
    tooltips({ position: 'fixed' }),
    // A field with a list of completions: its role says so, and whether the list is there.
    EditorView.contentAttributes.of((view) => ({
      role: 'combobox',
      'aria-label': label,
      'aria-describedby': describedBy,
      'aria-expanded': String(completionStatus(view.state) === 'active'),
      spellcheck: 'false',
      autocapitalize: 'off',
    })),
    EditorView.updateListener.of((update) => {
      if (update.docChanged) onChange(update.state.doc.toString(), update.state.field(diagnosedText));
    }),
  ];
}

/** A query is one line, and no longer than one may be: line ends that are pasted become spaces. */
const singleLine = EditorState.transactionFilter.of((transaction) => {
  if (!transaction.docChanged) return transaction;
  const text = transaction.newDoc.toString();
  if (transaction.newDoc.lines === 1 && text.length <= LENS_LIMITS.characters) return transaction;
  const line = oneLine(text);
  return {
    changes: { from: 0, to: transaction.startState.doc.length, insert: line },
    selection: { anchor: Math.min(line.length, transaction.newSelection.main.head) },
  };
});

function oneLine(text: string): string {
  return text.replace(/\s*[\r\n]+\s*/g, ' ').slice(0, LENS_LIMITS.characters);
}

function acceptFirst(view: EditorView): boolean {
  return acceptCompletion(view) || (moveCompletionSelection(true)(view) && acceptCompletion(view));
}

/** Out of the bar and back to the rows, where the keys of the list work. */
function leave(view: EditorView): boolean {
  view.contentDOM.blur();
  return true;
}

/** As an element: a text would become an attribute that the field's role does not know. */
function hint(): HTMLElement {
  const element = document.createElement('span');
  element.textContent = 'Filter calls, e.g. decision:deny tool:delete_*';
  return element;
}
