import { Button } from '@mantine/core';
import type { Icon } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { ask } from '../api/ask.js';
import { ForeignText } from '../pieces/foreign-text.js';
import { visibleText } from '../pieces/hostile-text.js';
import { LineList, LineSubject, Quiet } from '../pieces/line-list.js';
import { ErrorState } from '../pieces/states.js';
import { Time } from '../pieces/time.js';
import { notice, reportProblem } from '../shell/notices.js';
import { invitationsQuery } from './invitation-queries.js';
import classes from './members.module.css';

/** Invitations nobody accepted yet. Nothing is shown while there is none. */
export function Invitations({ icon: Shape }: { icon: Icon }) {
  const invitations = useQuery(invitationsQuery);
  const queryClient = useQueryClient();
  const withdraw = useMutation({
    mutationFn: (id: string) => ask<unknown>('DELETE', `/api/v1/invitations/${encodeURIComponent(id)}`),
    onSuccess: () => notice('The invitation is withdrawn: its link leads nowhere now.'),
    onError: reportProblem('The invitation was not withdrawn'),
    onSettled: () => queryClient.invalidateQueries({ queryKey: ['invitations'] }),
  });
  const open = invitations.data ?? [];
  if (invitations.isError)
    return (
      <ErrorState
        error={invitations.error}
        title="Invitations could not be loaded"
        onRetry={() => void invitations.refetch()}
      />
    );
  if (open.length === 0) return null;
  return (
    <section className={classes['invitations']} aria-labelledby="open-invitations">
      <h2 id="open-invitations">Open invitations</h2>
      <LineList>
        {open.map(({ id, email, role, expiresAt }) => (
          <li key={id}>
            <Shape size={16} aria-hidden />
            <LineSubject>
              <ForeignText text={email} longest={200} />
            </LineSubject>
            <span>{role}</span>
            <Quiet>
              expires <Time at={expiresAt} />
            </Quiet>
            <Button
              variant="subtle"
              color="red"
              size="compact-sm"
              aria-label={`Withdraw the invitation of ${visibleText(email, 80)}`}
              onClick={() => withdraw.mutate(id)}
            >
              Withdraw
            </Button>
          </li>
        ))}
      </LineList>
    </section>
  );
}
