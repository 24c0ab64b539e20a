import type { Icon } from '@tabler/icons-react';
import type { CSSProperties } from 'react';
import type { Tone } from '../theme/verdict-colours.js';
import classes from './tag.module.css';

/** A word with a shape and a colour. The word alone says it all; the others are for the eye that skims. */
export function Tag({
  tone,
  icon: Shape,
  word,
  title,
}: {
  tone: Tone;
  icon?: Icon;
  word: string;
  title?: string;
}) {
  const style = {
    '--tag-ink': `var(--tone-${tone}-ink)`,
    '--tag-surface': `var(--tone-${tone}-surface)`,
  } as CSSProperties;
  return (
    <span className={classes['tag']} style={style} title={title}>
      {Shape && <Shape size={13} stroke={2.2} aria-hidden />}
      {word}
    </span>
  );
}
