import { useVirtualizer } from '@tanstack/react-virtual';
import { IconBan, IconExclamationCircle } from '@tabler/icons-react';
import { memo, useEffect, useRef } from 'react';
import { poolSize, recycled } from '../lens/recycled-rows.js';
import { visibleText } from '../pieces/hostile-text.js';
import { durationText } from '../pieces/time-text.js';
import classes from './waterfall-view.module.css';
import { axisTicks, type Waterfall, type WaterfallLine } from './waterfall.js';

export interface WaterfallViewProps {
  readonly waterfall: Waterfall;
  /** Index of the line the keys are on; -1 for none. */
  readonly current: number;
  readonly onOpen: (index: number) => void;
}

const LINE_HEIGHT = 28;

/** One line a call, in the order they began; thousands of them, of which those in sight are on the page. */
export function WaterfallView({ waterfall, current, onOpen }: WaterfallViewProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: waterfall.lines.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => LINE_HEIGHT,
    overscan: 16,
  });
  useEffect(() => {
    if (current >= 0) virtual.scrollToIndex(current, { align: 'auto' });
  }, [current, virtual]);
  const items = virtual.getVirtualItems();
  const pool = poolSize(items.length);
  const total = Math.max(waterfall.totalMs, 0.001);
  const ticks = axisTicks(total);

  return (
    <div
      ref={scroller}
      className={classes['scroller']}
      style={{ height: `min(${waterfall.lines.length * LINE_HEIGHT + 28}px, max(320px, 100dvh - 150px))` }}
      role="grid"
      tabIndex={0}
      aria-label="Calls of the trace"
      aria-rowcount={waterfall.lines.length + 1}
      {...(current >= 0 ? { 'aria-activedescendant': `span-${current}` } : {})}
    >
      <div className={classes['axis']} role="row" aria-rowindex={1}>
        <span role="columnheader" className={classes['what']}>
          Call
        </span>
        <span role="columnheader" className={classes['lane']} aria-label="Time">
          {ticks.map((tick) => (
            <span key={tick} className={classes['tick']} style={{ left: `${(100 * tick) / total}%` }}>
              {tick === 0 ? '0' : durationText(tick).replace('.00', '')}
            </span>
          ))}
        </span>
      </div>
      <div role="rowgroup" className={classes['lines']} style={{ height: virtual.getTotalSize() }}>
        {recycled(items, waterfall.lines.length, pool).map((index) => {
          const line = waterfall.lines[index];
          return line === undefined ? null : (
            <Line
              key={index % pool}
              index={index}
              top={index * LINE_HEIGHT}
              line={line}
              total={total}
              hue={waterfall.connections.indexOf(line.span.connection)}
              current={index === current}
              onOpen={onOpen}
            />
          );
        })}
      </div>
    </div>
  );
}

interface LineProps {
  readonly index: number;
  readonly top: number;
  readonly line: WaterfallLine;
  readonly total: number;
  /** Place of the connection among those of the trace: its colour. */
  readonly hue: number;
  readonly current: boolean;
  readonly onOpen: (index: number) => void;
}

const Line = memo(function Line({ index, top, line, total, hue, current, onOpen }: LineProps) {
  const { span, startMs, tookMs, gapMs } = line;
  const called = span.tool || span.resource || span.prompt || span.method;
  // What detection said of a call names the call's tool, too: it is no second call of it.
  const name =
    span.type === 'tool_call' && called !== ''
      ? called
      : [span.type.replaceAll('_', ' '), called].filter((part) => part !== '').join(': ');
  const denied = span.decision === 'deny';
  const failed = !denied && span.outcome !== 'ok' && span.outcome !== '';
  const left = (100 * startMs) / total;
  const width = (100 * tookMs) / total;
  return (
    <div
      id={`span-${index}`}
      role="row"
      aria-rowindex={index + 2}
      aria-selected={current}
      className={classes['line']}
      style={{ top }}
      onClick={() => onOpen(index)}
    >
      <span role="gridcell" className={classes['what']}>
        {denied && <IconBan size={13} className={classes['denied']} aria-label="denied" />}
        {failed && (
          <IconExclamationCircle
            size={13}
            className={classes['failed']}
            aria-label={span.outcome.replace('_', ' ')}
          />
        )}
        <bdi className={classes['name']} title={visibleText(name, 300)}>
          {visibleText(name, 100)}
        </bdi>
        <bdi className={classes['connection']}>{visibleText(span.connection || 'no connection', 60)}</bdi>
      </span>
      <span
        role="gridcell"
        className={classes['lane']}
        aria-label={`${durationText(tookMs)}, ${durationText(startMs)} after the start${gapMs > 0 ? `, after ${durationText(gapMs)} in which nothing ran` : ''}`}
      >
        {gapMs > 0 && (
          <span
            className={classes['gap']}
            title={`Nothing ran for ${durationText(gapMs)}`}
            style={{ left: `${left - (100 * gapMs) / total}%`, width: `${(100 * gapMs) / total}%` }}
          />
        )}
        <span
          className={classes['bar']}
          data-hue={hue % 6}
          data-denied={denied || undefined}
          data-failed={failed || undefined}
          style={{ left: `${left}%`, width: `max(3px, ${width}%)` }}
        />
        <span className={classes['took']} style={{ left: `max(${left + width}%, ${left}% + 3px)` }}>
          {durationText(tookMs)}
        </span>
      </span>
    </div>
  );
});
