import { Popover, UnstyledButton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useMay } from '../identity/me.js';
import { healthQuery } from './health-query.js';
import classes from './status-dot.module.css';
import { dutyStatuses, worstState, type DutyState } from './system-status.js';

const WORDS: Record<DutyState, string> = {
  up: 'All systems up',
  degraded: 'Degraded',
  down: 'Partly down',
  unknown: 'Not known',
};

/** The dot at the bottom of the rail: one look for the whole deployment, a click for its four duties. */
export function StatusDot({ collapsed }: { collapsed: boolean }) {
  const maySeeSystem = useMay('system:read');
  const health = useQuery(healthQuery);
  const duties = dutyStatuses(health.isError ? undefined : health.data?.services);
  const worst = worstState(duties);
  const words = health.isPending ? 'Looking…' : health.isError ? 'Server unreachable' : WORDS[worst];
  const state = health.isError ? 'down' : worst;
  return (
    <Popover position="right-end" width={340} withArrow trapFocus>
      <Popover.Target>
        <UnstyledButton className={classes['button']}>
          <span className="visually-hidden">System status {collapsed && words}</span>
          <Dot state={state} />
          {!collapsed && <span>{words}</span>}
        </UnstyledButton>
      </Popover.Target>
      <Popover.Dropdown aria-label="System status">
        <ul className={classes['duties']}>
          {duties.map((duty) => (
            <li key={duty.name} className={classes['duty']}>
              <Dot state={duty.state} />
              <span>
                <strong>{duty.name}</strong>{' '}
                <span className={classes['quiet']}>
                  {duty.ailing.length > 0 ? duty.ailing.join(', ') : duty.means}
                </span>
              </span>
              <span className={classes['state']}>{duty.state}</span>
            </li>
          ))}
        </ul>
        {maySeeSystem && <Link to="/system">Details</Link>}
      </Popover.Dropdown>
    </Popover>
  );
}

/** Shape and colour: a disc, a half disc, a cross, a ring. */
function Dot({ state }: { state: DutyState }) {
  return <span className={classes['dot']} data-state={state} aria-hidden />;
}
