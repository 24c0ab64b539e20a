import { Button } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useMemo } from 'react';
import { ask } from '../api/ask.js';
import { useFailure } from '../api/use-failure.js';
import { DataTable, type DataColumn } from '../pieces/data-table.js';
import { ForeignText } from '../pieces/foreign-text.js';
import { visibleText } from '../pieces/hostile-text.js';
import { Section } from '../pieces/section.js';
import { ErrorState } from '../pieces/states.js';
import { Time } from '../pieces/time.js';
import { notice, reportProblem } from '../shell/notices.js';
import { invitationsQuery, type InvitationView } from './invitation-queries.js';

/** Invitations nobody accepted yet. Nothing is shown while there is none. */
export function Invitations() {
  const invitations = useQuery(invitationsQuery);
  const failure = useFailure(invitations);
  const queryClient = useQueryClient();
  const { mutate: withdraw } = useMutation({
    mutationFn: (id: string) => ask<unknown>('DELETE', `/api/v1/invitations/${encodeURIComponent(id)}`),
    onSuccess: () => notice('The invitation is withdrawn: its link leads nowhere now.'),
    onError: reportProblem('The invitation was not withdrawn'),
    onSettled: () => queryClient.invalidateQueries({ queryKey: ['invitations'] }),
  });
  const columns = useMemo(() => columnsOf(withdraw), [withdraw]);
  if (failure) return <ErrorState what="Invitations" {...failure} />;
  const open = invitations.data ?? [];
  if (open.length === 0) return null;
  return (
    <Section title="Open invitations">
      <DataTable label="Open invitations" columns={columns} rows={open} rowId={({ id }) => id} />
    </Section>
  );
}

function columnsOf(withdraw: (id: string) => void): DataColumn<InvitationView>[] {
  return [
    {
      id: 'email',
      header: 'Email',
      phone: 'title',
      width: 'minmax(180px, 2.4fr)',
      sortBy: ({ email }) => email,
      cell: ({ email }) => <ForeignText text={email} longest={200} />,
    },
    { id: 'role', header: 'Role', width: '170px', cell: ({ role }) => role },
    {
      id: 'expires',
      header: 'Expires',
      width: '110px',
      sortBy: ({ expiresAt }) => expiresAt,
      cell: ({ expiresAt }) => <Time at={expiresAt} />,
    },
    {
      id: 'withdraw',
      header: '',
      width: '106px',
      align: 'end',
      cell: ({ id, email }) => (
        <Button
          variant="subtle"
          color="red"
          size="compact-sm"
          aria-label={`Withdraw the invitation of ${visibleText(email, 80)}`}
          onClick={() => withdraw(id)}
        >
          Withdraw
        </Button>
      ),
    },
  ];
}
