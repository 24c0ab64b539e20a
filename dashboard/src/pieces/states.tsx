import { Button, Skeleton } from '@mantine/core';
import { IconAlertCircle, IconLock, IconPlugConnectedX, type Icon } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { ApiProblem, messageOf } from '../api/problem.js';
import classes from './states.module.css';

/** A place where nothing is yet: what would be here, and what to do about it. */
export function EmptyState({
  icon: Shape,
  title,
  children,
  action,
}: {
  icon?: Icon;
  title: string;
  children?: ReactNode;
  action?: ReactNode;
}) {
  return (
    <div className={classes['state']}>
      {Shape && (
        <span className={classes['shape']}>
          <Shape size={22} stroke={1.5} aria-hidden />
        </span>
      )}
      <p className={classes['title']}>{title}</p>
      {children !== undefined && <div className={classes['text']}>{children}</div>}
      {action !== undefined && action !== false && <div className={classes['action']}>{action}</div>}
    </div>
  );
}

/** What went wrong, in words, and a way to try again. */
export function ErrorState({
  error,
  onRetry,
  what = 'This',
  title = `${what} could not be loaded`,
}: {
  error: unknown;
  onRetry?: () => void;
  /** What should stand here, as the beginning of a sentence: `Alerts`. */
  what?: string;
  title?: string;
}) {
  const status = error instanceof ApiProblem ? error.status : undefined;
  const forbidden = status === 403;
  // What is not there, or may not be seen, is not there the next time either.
  const again = !forbidden && status !== 404;
  const Shape = forbidden ? IconLock : status === 0 ? IconPlugConnectedX : IconAlertCircle;
  return (
    <div className={classes['state']} role="alert">
      <span className={classes['shape']} data-tone={forbidden || !again ? undefined : 'deny'}>
        <Shape size={22} stroke={1.5} aria-hidden />
      </span>
      <p className={classes['title']}>{forbidden ? 'Your role does not show this' : title}</p>
      <div className={classes['text']}>{messageOf(error)}</div>
      {onRetry && again && (
        <div className={classes['action']}>
          <Button variant="default" onClick={onRetry}>
            Try again
          </Button>
        </div>
      )}
    </div>
  );
}

/** Lines that stand where rows will, as high as rows, in the frame a table has. */
export function SkeletonRows({
  rows = 8,
  height = 38,
  head = false,
}: {
  rows?: number;
  height?: number;
  /** Whether a line of column names will stand above. */
  head?: boolean;
}) {
  return (
    <div aria-busy="true" aria-label="Loading" role="status" className={classes['frame']}>
      {head && <div className={classes['head']} />}
      {Array.from({ length: rows }, (_, index) => (
        <div key={index} className={classes['row']} style={{ height }}>
          <Skeleton height={10} width={`${40 + ((index * 17) % 45)}%`} radius="sm" />
        </div>
      ))}
    </div>
  );
}
