import { useMemo } from 'react';
import { visibleText } from '../pieces/hostile-text.js';
import classes from './policy-editor.module.css';
import { textDiff } from './text-diff.js';

const SIGNS = { added: '+ ', removed: '− ', same: '  ', skipped: '  …' } as const;

/** What changes from one text to the other. Sign and colour: neither stands alone. */
export function DiffView({ before, after, label }: { before: string; after: string; label: string }) {
  const lines = useMemo(() => textDiff(before, after), [before, after]);
  if (!lines.some(({ kind }) => kind === 'added' || kind === 'removed'))
    return <p className={classes['quiet']}>Nothing changes.</p>;
  return (
    <pre className={classes['diff']} tabIndex={0} aria-label={label} role="region">
      {lines.map(({ kind, text }, index) => (
        <span key={index} data-kind={kind}>
          {SIGNS[kind]}
          {visibleText(text)}
        </span>
      ))}
    </pre>
  );
}
