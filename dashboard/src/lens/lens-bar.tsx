import { Button, Kbd, Loader } from '@mantine/core';
import { diagnose, quickFix, type Diagnosed } from '@portcullis/lens';
import { IconPlayerPlay } from '@tabler/icons-react';
import { useEffect, useId, useRef, useState, type RefObject } from 'react';
import { useDraft } from '../identity/drafts.js';
import { openLensEditor, type LensEditor } from './editor/lens-editor.js';
import type { ObserveValues } from './editor/lens-completion.js';
import classes from './lens-bar.module.css';

export interface LensBarProps {
  /** The text that was run last; when it changes from outside, the bar shows it. */
  readonly text: string;
  readonly busy: boolean;
  readonly observe: ObserveValues;
  readonly onRun: (text: string) => void;
  /** Filled with what puts the cursor into the bar. */
  readonly focusRef: RefObject<(() => void) | null>;
}

/** What the end of every text looks like that is still being typed. */
const UNFINISHED = new Set([
  'lens.missing_value',
  'lens.missing_operand',
  'lens.missing_field',
  'lens.unclosed_quote',
  'lens.unknown_stage',
  'lens.unknown_aggregate',
  'lens.bad_count',
]);

/** Where a query is typed. A text with mistakes does not run: the result of the last good one stays. */
export function LensBar({ text, busy, observe, onRun, focusRef }: LensBarProps) {
  const parent = useRef<HTMLDivElement>(null);
  const editor = useRef<LensEditor | null>(null);
  const [typed, setTyped] = useDraft('lens query', () => text);
  const [diagnosed, setDiagnosed] = useState<Diagnosed>(() => diagnose(typed));
  const messageId = useId();

  // The editor lives as long as the bar; what it calls is always the latest.
  const latest = useRef({ observe, run: onRun });
  const runIfReadable = (typedText: string) => {
    if (diagnose(typedText).ok) onRun(typedText.trim());
  };
  useEffect(() => {
    latest.current = { observe, run: runIfReadable };
  });
  useEffect(() => {
    if (parent.current === null) return;
    const opened = openLensEditor({
      parent: parent.current,
      text: typed,
      label: 'Lens query',
      describedBy: messageId,
      onChange: (changed, found) => {
        setTyped(changed);
        setDiagnosed(found);
      },
      onRun: (typedText) => latest.current.run(typedText),
      observe: (...asked) => latest.current.observe(...asked),
    });
    editor.current = opened;
    focusRef.current = () => opened.focus();
    return () => {
      focusRef.current = null;
      editor.current = null;
      opened.destroy();
    };
    // Opened once: the text that arrives later is set below.
  }, []);
  const arrived = useRef(text);
  useEffect(() => {
    // What was typed before the page was left for a sign-in stands until the address asks for something else.
    if (arrived.current === text) return;
    arrived.current = text;
    editor.current?.setText(text);
  }, [text]);

  const [mistake] = diagnosed.diagnostics;
  // Someone in the middle of a word has not made a mistake yet.
  const unfinished = mistake !== undefined && mistake.to >= typed.length && UNFINISHED.has(mistake.code);
  const fix = mistake === undefined ? null : quickFix(typed, mistake);
  const correct = () => {
    if (fix === null || editor.current === null) return;
    editor.current.view.dispatch({ changes: fix, selection: { anchor: fix.from + fix.insert.length } });
    editor.current.view.focus();
  };

  return (
    <div className={classes['bar']}>
      <div className={classes['line']}>
        <div
          className={classes['editor']}
          data-invalid={(mistake !== undefined && !unfinished) || undefined}
          ref={parent}
        />
        <Button
          className={classes['run']}
          leftSection={
            busy ? (
              <Loader size={14} color="currentColor" aria-hidden />
            ) : (
              <IconPlayerPlay size={14} aria-hidden />
            )
          }
          aria-busy={busy}
          disabled={!diagnosed.ok}
          onClick={() => runIfReadable(typed)}
        >
          Run
        </Button>
      </div>
      <div
        id={messageId}
        className={classes['message']}
        role="status"
        data-mistake={(mistake !== undefined && !unfinished) || undefined}
      >
        {mistake !== undefined ? (
          <>
            <span>{mistake.message}</span>
            {fix !== null && (
              <button type="button" className={classes['fix']} onClick={correct}>
                Write <code>{fix.insert}</code>
              </button>
            )}
          </>
        ) : typed.trim() !== text.trim() ? (
          <span>
            <Kbd size="xs">Enter</Kbd> runs it
          </span>
        ) : (
          <span className={classes['quiet']}>
            Fields, values and stages complete as you type. <Kbd size="xs">/</Kbd> comes back here.
          </span>
        )}
      </div>
    </div>
  );
}
