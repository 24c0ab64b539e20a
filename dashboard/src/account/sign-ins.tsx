import { Button } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useMemo } from 'react';
import { ask } from '../api/ask.js';
import { useFailure } from '../api/use-failure.js';
import { DataTable, type DataColumn } from '../pieces/data-table.js';
import { ForeignText } from '../pieces/foreign-text.js';
import { visibleText } from '../pieces/hostile-text.js';
import { Section } from '../pieces/section.js';
import { ErrorState, SkeletonRows } from '../pieces/states.js';
import { Tag } from '../pieces/tag.js';
import { Time } from '../pieces/time.js';
import { reportProblem } from '../shell/notices.js';
import { deviceText } from './device-text.js';

/** One browser somewhere that is signed in as this person. */
interface SignIn {
  readonly id: string;
  readonly current: boolean;
  readonly createdAt: string;
  readonly expiresAt: string;
  readonly address: string;
  readonly userAgent: string;
}

export function SignIns() {
  const queryClient = useQueryClient();
  const signIns = useQuery({
    queryKey: ['sign-ins'],
    queryFn: () => ask<SignIn[]>('GET', '/api/v1/auth/sessions'),
  });
  const failure = useFailure(signIns);
  const { mutate: end } = useMutation({
    mutationFn: (id: string) => ask<unknown>('DELETE', `/api/v1/auth/sessions/${encodeURIComponent(id)}`),
    onError: reportProblem('The sign-in was not ended'),
    onSettled: () => queryClient.invalidateQueries({ queryKey: ['sign-ins'] }),
  });
  const columns = useMemo(() => columnsOf(end), [end]);
  return (
    <Section
      title="Sign-ins"
      lead="Where you are signed in. End what you do not know, then change your password."
    >
      {signIns.data === undefined && failure === null && <SkeletonRows head rows={2} />}
      {failure && <ErrorState what="Your sign-ins" {...failure} />}
      {signIns.data && (
        <DataTable label="Sign-ins" columns={columns} rows={signIns.data} rowId={({ id }) => id} />
      )}
    </Section>
  );
}

function columnsOf(end: (id: string) => void): DataColumn<SignIn>[] {
  return [
    {
      id: 'device',
      header: 'Device',
      phone: 'title',
      width: 'minmax(150px, 2fr)',
      sortBy: ({ userAgent }) => deviceText(userAgent),
      cell: ({ userAgent }) => <span title={visibleText(userAgent, 300)}>{deviceText(userAgent)}</span>,
    },
    {
      id: 'address',
      header: 'Address',
      width: 'minmax(120px, 1fr)',
      cell: ({ address }) => <ForeignText text={address} mono longest={64} />,
    },
    {
      id: 'since',
      header: 'Since',
      width: '110px',
      sortBy: ({ createdAt }) => createdAt,
      cell: ({ createdAt }) => <Time at={createdAt} />,
    },
    {
      id: 'end',
      header: '',
      width: '96px',
      align: 'end',
      cell: ({ id, current, userAgent }) =>
        current ? (
          <Tag tone="info" word="this one" />
        ) : (
          <Button
            variant="subtle"
            color="red"
            size="compact-sm"
            aria-label={`End the sign-in of ${visibleText(deviceText(userAgent), 80)}`}
            onClick={() => end(id)}
          >
            End
          </Button>
        ),
    },
  ];
}
