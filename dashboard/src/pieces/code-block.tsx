import { CopyAction } from './short-id.js';
import classes from './code-block.module.css';
import { ForeignText } from './foreign-text.js';

/** Text to be copied whole: configuration, a command, JSON. Hostile characters in it are shown, and copied as they are. */
export function CodeBlock({
  code,
  label,
  title,
  wrap = false,
}: {
  code: string;
  label: string;
  title?: string;
  wrap?: boolean;
}) {
  return (
    <figure className={classes['block']}>
      <figcaption className={classes['bar']}>
        <span>{title ?? label}</span>
        <CopyAction value={code} label={`Copy ${label}`} />
      </figcaption>
      <pre className={classes['code']} data-wrap={wrap || undefined} tabIndex={0} aria-label={label}>
        {code.split('\n').map((line, index) => (
          <span key={index}>
            {index > 0 && '\n'}
            <ForeignText text={line} longest={20_000} />
          </span>
        ))}
      </pre>
    </figure>
  );
}
