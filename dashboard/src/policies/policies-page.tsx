import { Button } from '@mantine/core';
import { IconPlus, IconShieldCheck } from '@tabler/icons-react';
import type { PolicyView } from '@portcullis/contracts';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useFailure } from '../api/use-failure.js';
import { useShortcuts } from '../commands/use-shortcuts.js';
import { useMay } from '../identity/me.js';
import { ForeignText } from '../pieces/foreign-text.js';
import { Page } from '../pieces/page.js';
import { SortableList } from '../pieces/sortable-list.js';
import { EmptyState, ErrorState, SkeletonRows } from '../pieces/states.js';
import { useLinkKeys } from '../pieces/use-link-keys.js';
import { reportProblem } from '../shell/notices.js';
import { movesTo } from './policy-order.js';
import { PolicyRow } from './policy-row.js';
import { policiesQuery, useMovePolicies } from './policy-queries.js';
import classes from './policies.module.css';

export function PoliciesPage() {
  const policies = useQuery(policiesQuery);
  const failure = useFailure(policies);
  const mayWrite = useMay('policies:write');
  const navigate = useNavigate();
  useShortcuts(
    mayWrite
      ? [
          {
            keys: 'c',
            label: 'Create a policy',
            group: 'Policies',
            run: () => void navigate({ to: '/policies/new' }),
          },
        ]
      : [],
  );
  useLinkKeys('[data-policy]');
  const button = mayWrite && (
    <Button component={Link} to="/policies/new" leftSection={<IconPlus size={15} />}>
      Create policy
    </Button>
  );
  return (
    <Page
      title="Policies"
      lead="Asked from top to bottom: the organization's first, then those of the connection. The first rule that matches decides."
      actions={policies.data?.length !== 0 && button}
    >
      {policies.data === undefined && failure === null && <SkeletonRows height={52} />}
      {failure && <ErrorState what="Policies" {...failure} />}
      {policies.data?.length === 0 && (
        <EmptyState icon={IconShieldCheck} title="No policies yet" action={button}>
          Until one says otherwise, every call gets the organization&apos;s default: denied, unless it was
          chosen to allow and raise an alert.
        </EmptyState>
      )}
      {policies.data &&
        groupsOf(policies.data).map((group) => (
          <PolicyGroup key={group.connection ?? ''} {...group} mayWrite={mayWrite} />
        ))}
    </Page>
  );
}

interface Group {
  readonly connection: string | null;
  readonly policies: readonly PolicyView[];
}

function groupsOf(policies: readonly PolicyView[]): Group[] {
  const byConnection = Map.groupBy(policies, ({ connection }) => connection);
  return [...byConnection]
    .map(([connection, members]) => ({ connection, policies: members }))
    .sort((a, b) => (a.connection ?? '').localeCompare(b.connection ?? ''));
}

function PolicyGroup({ connection, policies, mayWrite }: Group & { mayWrite: boolean }) {
  const move = useMovePolicies();
  return (
    <section className={classes['group']}>
      <h2 className={classes['heading']}>
        {connection === null ? (
          'Organization'
        ) : (
          <>
            Connection{' '}
            <Link to="/connections/$slug" params={{ slug: connection }} search={{ tab: 'rules' }}>
              <ForeignText text={connection} mono />
            </Link>
          </>
        )}
      </h2>
      <SortableList
        label={connection === null ? 'Policies of the organization' : `Policies of ${connection}`}
        items={policies}
        idOf={({ id }) => id}
        nameOf={({ name }) => name}
        disabled={!mayWrite || policies.length < 2 || move.isPending}
        onMove={(from, to) =>
          move.mutate(movesTo(policies, from, to), { onError: reportProblem('The order was not changed') })
        }
      >
        {(policy) => <PolicyRow policy={policy} />}
      </SortableList>
    </section>
  );
}
