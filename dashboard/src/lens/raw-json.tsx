import { useMemo, useState } from 'react';
import { visibleText } from '../pieces/hostile-text.js';
import { CopyAction } from '../pieces/short-id.js';
import classes from './row-drawer.module.css';

/** The row as it is stored, for whoever wants to see all of it. */
export function RawJson({ value }: { readonly value: unknown }) {
  const [open, setOpen] = useState(false);
  const text = useMemo(() => JSON.stringify(value, null, 2), [value]);
  return (
    <section className={classes['section']} aria-label="Raw JSON">
      <div className={classes['rawHead']}>
        <button
          type="button"
          className={classes['rawToggle']}
          aria-expanded={open}
          onClick={() => setOpen(!open)}
        >
          Raw JSON
        </button>
        <CopyAction value={text} label="Copy JSON" />
      </div>
      {open && (
        <pre className={classes['raw']} tabIndex={0}>
          {text
            .split('\n')
            .map((line) => visibleText(line, 20_000))
            .join('\n')}
        </pre>
      )}
    </section>
  );
}
