import { Switch } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import type { PolicyView } from '@portcullis/contracts';
import { Link } from '@tanstack/react-router';
import { useMay } from '../identity/me.js';
import { ForeignText } from '../pieces/foreign-text.js';
import { visibleText } from '../pieces/hostile-text.js';
import { Tag } from '../pieces/tag.js';
import { Time } from '../pieces/time.js';
import { reportProblem } from '../shell/notices.js';
import classes from './policies.module.css';
import { useSetActive } from './policy-queries.js';

/** A policy in the ordered list: what it is called, whether it is in force, how it stands. */
export function PolicyRow({ policy }: { policy: PolicyView }) {
  const { id, name, active, version, document, warnings, updatedAt } = policy;
  const setActive = useSetActive(id);
  const mayWrite = useMay('policies:write');
  const rules = document.rules.length;
  return (
    <div className={classes['row']} data-inactive={!active || undefined}>
      <Link to="/policies/$policyId" params={{ policyId: id }} className={classes['name']} data-policy>
        <ForeignText text={name} longest={200} />
      </Link>
      <span className={classes['facts']}>
        {warnings.length > 0 && (
          <Tag
            tone="alert"
            icon={IconAlertTriangle}
            word={`${warnings.length} ${warnings.length === 1 ? 'warning' : 'warnings'}`}
            title={warnings.map(({ message }) => message).join('\n')}
          />
        )}
        <span>
          {rules} {rules === 1 ? 'rule' : 'rules'}
        </span>
        <span>
          version {version}, <Time at={updatedAt} />
        </span>
        <Switch
          label={active ? 'In force' : 'Off'}
          aria-label={`${visibleText(name, 100)} in force`}
          checked={setActive.isPending ? setActive.variables : active}
          disabled={!mayWrite}
          onChange={(event) =>
            setActive.mutate(event.currentTarget.checked, {
              onError: reportProblem('The policy was not changed'),
            })
          }
        />
      </span>
    </div>
  );
}
