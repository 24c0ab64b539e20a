import { IconAlertTriangle, IconCircleX } from '@tabler/icons-react';
import type { DraftProblem } from './policy-draft.js';
import classes from './policy-editor.module.css';

/** What is wrong or doubtful, with its line. */
export function ProblemList({ problems, text }: { problems: readonly DraftProblem[]; text: string }) {
  if (problems.length === 0) return null;
  return (
    <ul className={classes['problems']}>
      {problems.map(({ severity, message, pointer, from }, index) => (
        <li key={index} data-severity={severity}>
          {severity === 'error' ? (
            <IconCircleX size={14} aria-label="Error" role="img" />
          ) : (
            <IconAlertTriangle size={14} aria-label="Warning" role="img" />
          )}
          <span>
            {pointer?.split('/').slice(3).join('.') && <code>{pointer.split('/').slice(3).join('.')}</code>}{' '}
            {message} <span>(line {lineOf(text, from)})</span>
          </span>
        </li>
      ))}
    </ul>
  );
}

function lineOf(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}
