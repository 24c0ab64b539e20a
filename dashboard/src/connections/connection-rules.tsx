import { IconShieldOff } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useFailure } from '../api/use-failure.js';
import { ForeignText } from '../pieces/foreign-text.js';
import { EmptyState, ErrorState, SkeletonRows } from '../pieces/states.js';
import { useLinkKeys } from '../pieces/use-link-keys.js';
import { RuleLine } from '../policies/rule-line.js';
import { SimulateCall } from '../policies/simulate-call.js';
import classes from './connection-page.module.css';
import { effectiveRulesQuery } from './connection-queries.js';

/** What an agent may do here: the rules, and beside them the question what they make of one call. */
export function ConnectionRules({ slug }: { slug: string }) {
  return (
    <div className={classes['beside']}>
      <div>
        <RulesInForce slug={slug} />
      </div>
      <SimulateCall draft={undefined} connection={slug} />
    </div>
  );
}

/** Every rule a call of this connection is held against, in the order they are asked. */
function RulesInForce({ slug }: { slug: string }) {
  const rules = useQuery(effectiveRulesQuery(slug));
  const failure = useFailure(rules);
  useLinkKeys('[data-rule]');
  if (failure) return <ErrorState what="The rules" {...failure} />;
  if (rules.data === undefined) return <SkeletonRows height={56} />;
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
              <Link
                to="/policies/$policyId"
                params={{ policyId: policy.id }}
                search={{ rule: index }}
                data-rule
              >
                <ForeignText text={policy.name} longest={100} />
              </Link>
              <br />
              {policy.scope === 'organization' ? 'organization' : 'this connection'}, version{' '}
              {policy.revision}
            </span>
          </li>
        ))}
      </ol>
    </>
  );
}
