import { Anchor } from '@mantine/core';
import { IconShieldOff } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { ForeignText } from '../pieces/foreign-text.js';
import { EmptyState, ErrorState, SkeletonRows } from '../pieces/states.js';
import { RuleLine } from '../policies/rule-line.js';
import classes from './connection-page.module.css';
import { effectiveRulesQuery } from './connection-queries.js';

/** Every rule a call of this connection is held against, in the order they are asked. */
export function ConnectionRules({ slug }: { slug: string }) {
  const rules = useQuery(effectiveRulesQuery(slug));
  if (rules.isPending) return <SkeletonRows height={56} />;
  if (rules.isError) return <ErrorState error={rules.error} onRetry={() => void rules.refetch()} />;
  if (rules.data.length === 0) {
    return (
      <EmptyState icon={IconShieldOff} title="No rules are in force here">
        Every call gets the organization&apos;s default. <Link to="/policies">Write a policy</Link>
      </EmptyState>
    );
  }
  return (
    <>
      <p>The first rule that matches decides. When none does, the organization&apos;s default applies.</p>
      <ol className={classes['rules']}>
        {rules.data.map(({ policy, index, rule }, place) => (
          <li key={`${policy.id} ${index}`}>
            <span className={classes['number']}>{place + 1}</span>
            <RuleLine rule={rule} />
            <span className={classes['source']}>
              <Anchor component={Link} to="/policies/$policyId" params={{ policyId: policy.id } as never} size="xs">
                <ForeignText text={policy.name} longest={100} />
              </Anchor>
              <br />
              {policy.scope === 'organization' ? 'organization' : 'this connection'}, version {policy.revision}
            </span>
          </li>
        ))}
      </ol>
    </>
  );
}
