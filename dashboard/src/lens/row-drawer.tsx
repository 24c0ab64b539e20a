import { ActionIcon, Button, Skeleton, Tooltip } from '@mantine/core';
import type { Selection } from '@portcullis/lens';
import { IconArrowDown, IconArrowUp, IconListSearch, IconTimeline } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useFailure } from '../api/use-failure.js';
import { visibleText } from '../pieces/hostile-text.js';
import { CopyAction, ShortId } from '../pieces/short-id.js';
import { SidePanel } from '../pieces/side-panel.js';
import { ErrorState } from '../pieces/states.js';
import { Time } from '../pieces/time.js';
import { absoluteTime } from '../pieces/time-text.js';
import { VerdictBadge } from '../pieces/verdict-badge.js';
import { FieldList } from './field-list.js';
import { fetchEvent } from './lens-requests.js';
import { RawJson } from './raw-json.js';
import { RowConditions } from './row-conditions.js';
import classes from './row-drawer.module.css';
import { rowSummary, summaryText, textOf, type AuditRow } from './row-summary.js';
import { TimingBar } from './timing-bar.js';
import { ValueTree } from './value-tree.js';

export interface RowDrawerProps {
  readonly id: string;
  /** What the table knows of the row: shown until the rest is there. */
  readonly known: AuditRow | undefined;
  readonly zone: string;
  readonly onSelect: (field: string, value: string, selection: Selection) => void;
  /** Puts a query into the bar, such as the one that shows the calls behind a finding. */
  readonly onQuery: (query: { q: string; from?: string; to?: string }) => void;
  readonly onMove?: (step: 1 | -1) => void;
  readonly onClose: () => void;
}

/** One event, whole: a sentence first, then what was decided, what was asked, how long it took, and everything else. */
export function RowDrawer({ id, known, zone, onSelect, onQuery, onMove, onClose }: RowDrawerProps) {
  const event = useQuery({
    queryKey: ['audit-event', id],
    queryFn: ({ signal }) => fetchEvent(id, signal),
    staleTime: Number.POSITIVE_INFINITY,
  });
  const failure = useFailure(event);
  const row = event.data ?? known;
  const type = row === undefined ? '' : visibleText(textOf(row, 'type').replaceAll('_', ' '), 40);
  return (
    <SidePanel
      label="Event"
      subject={id}
      onClose={onClose}
      title={
        <span className={classes['title']}>
          {type === '' ? 'Event' : `${type.slice(0, 1).toUpperCase()}${type.slice(1)}`}{' '}
          <ShortId id={id} label="id of the event" />
        </span>
      }
      actions={
        onMove && (
          <>
            <Tooltip label="Next (j)">
              <ActionIcon aria-label="Next row" onClick={() => onMove(1)}>
                <IconArrowDown size={16} />
              </ActionIcon>
            </Tooltip>
            <Tooltip label="Previous (k)">
              <ActionIcon aria-label="Previous row" onClick={() => onMove(-1)}>
                <IconArrowUp size={16} />
              </ActionIcon>
            </Tooltip>
          </>
        )
      }
    >
      {failure && <ErrorState title="This event cannot be shown whole" {...failure} />}
      {row === undefined ? (
        failure === null && <Skeleton height={240} />
      ) : (
        <EventDetails
          row={row}
          whole={event.data !== undefined}
          zone={zone}
          onSelect={onSelect}
          onQuery={onQuery}
        />
      )}
    </SidePanel>
  );
}

function EventDetails({
  row,
  whole,
  zone,
  onSelect,
  onQuery,
}: { readonly row: AuditRow; readonly whole: boolean } & Pick<
  RowDrawerProps,
  'zone' | 'onSelect' | 'onQuery'
>) {
  const trace = textOf(row, 'trace');
  const time = textOf(row, 'time');
  const attrs = (row['attrs'] ?? {}) as Readonly<Record<string, string>>;
  const behind = attrs['lensQuery.q'];
  return (
    <>
      <p className={classes['summary']}>
        {rowSummary(row).map((part, index) =>
          part.value ? (
            <em key={index}>
              <bdi>{part.text}</bdi>
            </em>
          ) : (
            part.text
          ),
        )}
        <CopyAction value={summaryText(row)} label="Copy the sentence" />
      </p>
      <p className={classes['when']}>
        <Time at={time} /> <span className={classes['absolute']}>{absoluteTime(new Date(time), zone)}</span>
        {trace !== '' && (
          <Link to="/traces/$traceId" params={{ traceId: trace }} className={classes['trace']}>
            <IconTimeline size={14} aria-hidden /> Trace
          </Link>
        )}
      </p>
      {behind !== undefined && (
        <Button
          size="xs"
          variant="light"
          mb={8}
          leftSection={<IconListSearch size={14} aria-hidden />}
          onClick={() =>
            onQuery({
              q: behind,
              ...(attrs['lensQuery.from'] ? { from: attrs['lensQuery.from'] } : {}),
              ...(attrs['lensQuery.to'] ? { to: attrs['lensQuery.to'] } : {}),
            })
          }
        >
          Show the calls behind it
        </Button>
      )}
      {textOf(row, 'decision') !== '' && (
        <section className={classes['section']} aria-label="Decision">
          <h2>Decision</h2>
          <div className={classes['verdict']}>
            <VerdictBadge verdict={textOf(row, 'decision')} />
            {textOf(row, 'outcome') !== '' && <span>outcome {textOf(row, 'outcome').replace('_', ' ')}</span>}
          </div>
          <FieldList
            row={row}
            fields={['rule', 'policy', 'revision', 'reason', 'error']}
            onSelect={onSelect}
          />
          {whole && <RowConditions conditions={row['conditions']} />}
        </section>
      )}
      {Number(row['latency_ms'] ?? 0) > 0 && (
        <section className={classes['section']} aria-label="Time it took">
          <h2>Time</h2>
          <TimingBar row={row} />
        </section>
      )}
      <section className={classes['section']} aria-label="Who and where">
        <h2>Who and where</h2>
        <FieldList
          row={row}
          onSelect={onSelect}
          fields={[
            'user',
            'agent',
            'key',
            'client',
            'source_ip',
            'actor',
            'connection',
            'method',
            'tool',
            'resource',
            'prompt',
            'session',
            'trace',
            'bytes_in',
            'bytes_out',
            'risk',
          ]}
        />
      </section>
      {!whole && <Skeleton height={160} />}
      {whole && (
        <>
          {['args', 'result', 'metadata', 'attrs']
            .filter((field) => isPresent(row[field]))
            .map((field) => (
              <section key={field} className={classes['section']} aria-label={HEADINGS[field]}>
                <h2>{HEADINGS[field]}</h2>
                <ValueTree field={field} value={row[field]} onSelect={onSelect} />
              </section>
            ))}
          <RawJson value={row} />
        </>
      )}
    </>
  );
}

const HEADINGS: Readonly<Record<string, string>> = {
  args: 'Arguments',
  result: 'Result of the call',
  metadata: "Caller's metadata",
  attrs: 'Attributes',
};

function isPresent(value: unknown): boolean {
  return (
    value !== null &&
    value !== undefined &&
    value !== '' &&
    !(typeof value === 'object' && Object.keys(value).length === 0)
  );
}
