import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands';
import { yaml } from '@codemirror/lang-yaml';
import { bracketMatching, HighlightStyle, indentOnInput, syntaxHighlighting } from '@codemirror/language';
import { lintGutter, lintKeymap, setDiagnostics } from '@codemirror/lint';
import { EditorState, type Extension } from '@codemirror/state';
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightSpecialChars,
  keymap,
  lineNumbers,
} from '@codemirror/view';
import { tags } from '@lezer/highlight';
import { useEffect, useEffectEvent, useRef } from 'react';
import { styleNonce } from '../theme/style-nonce.js';
import type { DraftProblem } from './policy-draft.js';
import classes from './yaml-editor.module.css';

interface YamlEditorProps {
  readonly text: string;
  readonly problems: readonly DraftProblem[];
  readonly readOnly: boolean;
  readonly onChange: (text: string) => void;
  /** Told where the cursor went. */
  readonly onCursor: (offset: number) => void;
}

/** The policy as text, with what is wrong underlined where it is. */
export function YamlEditor({ text, problems, readOnly, onChange, onCursor }: YamlEditorProps) {
  const place = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(null);
  const changed = useEffectEvent(onChange);
  const moved = useEffectEvent(onCursor);
  const first = useEffectEvent(() => text);

  useEffect(() => {
    const parent = place.current;
    if (parent === null) return undefined;
    const listener = EditorView.updateListener.of((update) => {
      if (update.docChanged) changed(update.state.doc.toString());
      if (update.docChanged || update.selectionSet) moved(update.state.selection.main.head);
    });
    const editor = new EditorView({
      parent,
      state: EditorState.create({
        doc: first(),
        extensions: [
          ...EXTENSIONS,
          EditorView.cspNonce.of(styleNonce()),
          EditorState.readOnly.of(readOnly),
          listener,
        ],
      }),
    });
    view.current = editor;
    return () => editor.destroy();
  }, [readOnly]);

  useEffect(() => {
    const editor = view.current;
    if (editor === null || editor.state.doc.toString() === text) return;
    editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: text } });
  }, [text]);

  useEffect(() => {
    const editor = view.current;
    if (editor === null) return;
    const { length } = editor.state.doc;
    const diagnostics = problems.map(({ from, to, severity, message }) => ({
      from: Math.min(from, length),
      to: Math.min(to, length),
      severity,
      message,
    }));
    editor.dispatch(setDiagnostics(editor.state, diagnostics));
  }, [problems, text]);

  return <div ref={place} className={classes['editor']} />;
}

const HIGHLIGHT = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: 'var(--tone-info-ink)' },
  { tag: [tags.string, tags.special(tags.string)], color: 'var(--tone-allow-ink)' },
  { tag: [tags.number, tags.bool, tags.null, tags.keyword], color: 'var(--tone-hold-ink)' },
  { tag: [tags.comment, tags.lineComment], color: 'var(--mantine-color-dimmed)' },
]);

const LOOK = EditorView.theme({
  '&': { fontSize: '0.8125rem', backgroundColor: 'transparent' },
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': {
    fontFamily: 'var(--mantine-font-family-monospace)',
    lineHeight: '1.6',
    minHeight: '360px',
    maxHeight: 'calc(100dvh - 250px)',
  },
  '.cm-content': { caretColor: 'var(--mantine-color-text)' },
  '.cm-cursor': { borderLeftColor: 'var(--mantine-color-text)' },
  '.cm-gutters': { backgroundColor: 'transparent', border: 'none', color: 'var(--mantine-color-dimmed)' },
  '.cm-activeLine': { backgroundColor: 'var(--row-hover)' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': {
    backgroundColor: 'var(--row-current)',
  },
  '.cm-tooltip': {
    backgroundColor: 'var(--page-raised)',
    color: 'var(--mantine-color-text)',
    border: '1px solid var(--page-line)',
    borderRadius: '6px',
    overflow: 'hidden',
  },
  '.cm-diagnostic-error': { borderLeftColor: 'var(--tone-deny-mark)' },
  '.cm-diagnostic-warning': { borderLeftColor: 'var(--tone-alert-mark)' },
});

const EXTENSIONS: Extension[] = [
  lineNumbers(),
  history(),
  drawSelection(),
  highlightActiveLine(),
  highlightSpecialChars(),
  indentOnInput(),
  bracketMatching(),
  lintGutter(),
  yaml(),
  syntaxHighlighting(HIGHLIGHT),
  LOOK,
  EditorView.lineWrapping,
  EditorView.contentAttributes.of({ 'aria-label': 'Policy as YAML', tabindex: '0' }),
  keymap.of([...defaultKeymap, ...historyKeymap, ...lintKeymap, indentWithTab]),
];
