import { Tooltip } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { RailEntry } from '../app/feature.js';
import type { RailGroup } from './rail-groups.js';
import classes from './rail.module.css';

export function Rail({
  groups,
  collapsed,
  onGo,
}: {
  groups: readonly RailGroup[];
  collapsed: boolean;
  onGo: () => void;
}) {
  return (
    <nav aria-label="Main" className={classes['rail']} data-collapsed={collapsed || undefined}>
      {groups.map(({ name, entries }) => (
        <div key={name} className={classes['group']}>
          {name !== '' && (
            <h2 className={classes['heading']} id={`rail-${name}`}>
              {name}
            </h2>
          )}
          <ul className={classes['list']} aria-labelledby={name === '' ? undefined : `rail-${name}`}>
            {entries.map((entry) => (
              <li key={entry.to}>
                <Entry entry={entry} collapsed={collapsed} onGo={onGo} />
              </li>
            ))}
          </ul>
        </div>
      ))}
    </nav>
  );
}

function Entry({
  entry: { to, label, icon: Shape },
  collapsed,
  onGo,
}: {
  entry: RailEntry;
  collapsed: boolean;
  onGo: () => void;
}) {
  return (
    <Tooltip label={label} position="right" disabled={!collapsed}>
      <Link
        to={to}
        className={classes['entry']}
        activeProps={{ 'data-active': true, 'aria-current': 'page' }}
        aria-label={collapsed ? label : undefined}
        onClick={onGo}
      >
        <Shape size={17} stroke={1.7} aria-hidden />
        <span className={classes['label']}>{label}</span>
      </Link>
    </Tooltip>
  );
}
