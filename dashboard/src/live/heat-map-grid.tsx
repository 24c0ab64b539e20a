import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Skeleton } from '@mantine/core';
import { messageOf } from '../api/problem.js';
import { useFailure } from '../api/use-failure.js';
import { visibleText } from '../pieces/hostile-text.js';
import { heatMapQuery, type HeatRow } from './heat-map.js';
import classes from './live.module.css';

/** Where the risk of the last day was: connections down, hours across; a cell leads to its calls. */
export function HeatMapGrid() {
  const map = useQuery(heatMapQuery);
  const failure = useFailure(map);
  if (failure) return <p className={classes['quiet']}>{messageOf(failure.error)}</p>;
  if (map.data === undefined) return <Skeleton height={120} />;
  if (map.data.length === 0) return <p className={classes['quiet']}>No calls in the last day.</p>;
  return (
    <div
      className={classes['heat']}
      role="table"
      aria-label="Denied and alerting calls of the last day, by connection and hour"
    >
      {map.data.map((row) => (
        <div key={row.connection} role="row" className={classes['heatRow']}>
          <span role="rowheader" className={classes['heatName']} title={visibleText(row.connection)}>
            <bdi>{visibleText(row.connection, 40)}</bdi>
          </span>
          {row.hours.map((cell, index) => (
            <HeatCell
              key={index}
              cell={cell}
              connection={row.connection}
              hoursAgo={row.hours.length - 1 - index}
            />
          ))}
        </div>
      ))}
      <div className={classes['heatFoot']} aria-hidden>
        <span>24 h ago</span>
        <span>now</span>
      </div>
      <ul className={classes['heatLegend']} aria-hidden>
        {LEVELS.map(([level, word]) => (
          <li key={level}>
            <span className={classes['heatCell']} data-level={level} /> {word}
          </li>
        ))}
      </ul>
    </div>
  );
}

const LEVELS = [
  ['calm', 'none'],
  ['low', 'under 5 %'],
  ['middle', 'under 25 %'],
  ['high', 'more'],
] as const;

function HeatCell({
  cell,
  connection,
  hoursAgo,
}: {
  readonly cell: HeatRow['hours'][number];
  readonly connection: string;
  readonly hoursAgo: number;
}) {
  const when = hoursAgo === 0 ? 'this hour' : `${hoursAgo} h ago`;
  if (cell === null)
    return <span role="cell" className={classes['heatCell']} data-level="none" title={`${when}: no calls`} />;
  const share = cell.risky / cell.calls;
  const level = cell.risky === 0 ? 'calm' : share < 0.05 ? 'low' : share < 0.25 ? 'middle' : 'high';
  const words = `${visibleText(connection, 40)}, ${when}: ${cell.risky} of ${cell.calls} calls denied or alerting`;
  return (
    <span role="cell" className={classes['heatCell']} data-level={level} title={words}>
      <Link
        to="/lens"
        search={{
          q: `connection:${JSON.stringify(connection)} decision:(deny OR alert)`,
          from: `now-${hoursAgo + 1}h`,
          to: hoursAgo === 0 ? 'now' : `now-${hoursAgo}h`,
        }}
        aria-label={words}
      />
    </span>
  );
}
