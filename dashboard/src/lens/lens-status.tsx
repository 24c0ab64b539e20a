import { Anchor, Loader } from '@mantine/core';
import { messageOf } from '../api/problem.js';
import { durationText } from '../pieces/time-text.js';
import type { LensPage } from './lens-requests.js';
import classes from './lens-status.module.css';

export interface LensStatusProps {
  readonly page: LensPage | undefined;
  readonly rows: number;
  readonly more: boolean;
  readonly busy: boolean;
  /** Whether what is shown answers an earlier question. */
  readonly stale: boolean;
  readonly error: unknown;
  readonly onRetry: () => void;
}

/** What just happened, in one line: how much there is, how long it took, or what went wrong. */
export function LensStatus({ page, rows, more, busy, stale, error, onRetry }: LensStatusProps) {
  return (
    <div className={classes['status']} role="status" data-failed={error !== null || undefined}>
      {error !== null ? (
        <>
          {messageOf(error)} {stale && 'The last result is shown.'}{' '}
          <Anchor component="button" type="button" size="xs" onClick={onRetry}>
            Try again
          </Anchor>
        </>
      ) : busy ? (
        <>
          <Loader size={12} aria-hidden /> Asking…
        </>
      ) : page !== undefined ? (
        answered(page, rows, more)
      ) : null}
    </div>
  );
}

const UNITS = { rows: ['row', 'rows'], table: ['group', 'groups'], series: ['point', 'points'] } as const;

function answered(page: LensPage, rows: number, more: boolean): string {
  const unit = UNITS[page.kind][rows === 1 && !more ? 0 : 1];
  return `${rows.toLocaleString('en')}${more ? '+' : ''} ${unit} in ${durationText(page.tookMs)}, ${page.scannedRows.toLocaleString('en')} read`;
}
