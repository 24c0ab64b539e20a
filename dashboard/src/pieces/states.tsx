import { Button, Skeleton } from '@mantine/core';
import { IconAlertCircle, type Icon } from '@tabler/icons-react';
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
      {Shape && <Shape size={28} stroke={1.4} aria-hidden className={classes['shape']} />}
      <p className={classes['title']}>{title}</p>
      {children !== undefined && <div className={classes['text']}>{children}</div>}
      {action}
    </div>
  );
}

/** What went wrong, in words, and a way to try again. */
export function ErrorState({
  error,
  onRetry,
  title = 'This could not be loaded',
}: {
  error: unknown;
  onRetry?: () => void;
  title?: string;
}) {
  const status = error instanceof ApiProblem ? error.status : undefined;
  const forbidden = status === 403;
  // What is not there, or may not be seen, is not there the next time either.
  const again = !forbidden && status !== 404;
  return (
    <div className={classes['state']} role="alert">
      <IconAlertCircle size={28} stroke={1.4} aria-hidden className={classes['shape']} />
      <p className={classes['title']}>{forbidden ? 'Your role does not show this' : title}</p>
      <div className={classes['text']}>{messageOf(error)}</div>
      {onRetry && again && (
        <Button variant="default" onClick={onRetry}>
          Try again
        </Button>
      )}
    </div>
  );
}

/** Lines that stand where rows will, as high as rows. */
export function SkeletonRows({ rows = 8, height = 36 }: { rows?: number; height?: number }) {
  return (
    <div aria-busy="true" aria-label="Loading" role="status">
      {Array.from({ length: rows }, (_, index) => (
        <div key={index} className={classes['row']} style={{ height }}>
          <Skeleton height={10} width={`${40 + ((index * 17) % 45)}%`} radius="sm" />
        </div>
      ))}
    </div>
  );
}
