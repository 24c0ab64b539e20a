import { Button } from '@mantine/core';
import { IconDeviceDesktop } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { ask } from '../api/ask.js';
import { ForeignText } from '../pieces/foreign-text.js';
import { visibleText } from '../pieces/hostile-text.js';
import { LineList, LineSubject, Quiet } from '../pieces/line-list.js';
import { ErrorState, SkeletonRows } from '../pieces/states.js';
import { Tag } from '../pieces/tag.js';
import { Time } from '../pieces/time.js';
import { reportProblem } from '../shell/notices.js';
import classes from './account.module.css';
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
  const end = useMutation({
    mutationFn: (id: string) => ask<unknown>('DELETE', `/api/v1/auth/sessions/${encodeURIComponent(id)}`),
    onError: reportProblem('The sign-in was not ended'),
    onSettled: () => queryClient.invalidateQueries({ queryKey: ['sign-ins'] }),
  });
  return (
    <section className={classes['section']}>
      <h2>Sign-ins</h2>
      <p>Where you are signed in. End what you do not know, then change your password.</p>
      {signIns.isPending && <SkeletonRows rows={2} />}
      {signIns.isError && <ErrorState error={signIns.error} onRetry={() => void signIns.refetch()} />}
      {signIns.data && (
        <LineList>
          {signIns.data.map((signIn) => (
            <li key={signIn.id}>
              <IconDeviceDesktop size={17} stroke={1.6} aria-hidden />
              <LineSubject title={visibleText(signIn.userAgent, 300)}>
                {deviceText(signIn.userAgent)} <ForeignText text={signIn.address} mono longest={64} />{' '}
                <Quiet>
                  since <Time at={signIn.createdAt} />
                </Quiet>
              </LineSubject>
              {signIn.current ? (
                <Tag tone="info" word="this one" />
              ) : (
                <Button variant="subtle" color="red" size="compact-sm" onClick={() => end.mutate(signIn.id)}>
                  End
                </Button>
              )}
            </li>
          ))}
        </LineList>
      )}
    </section>
  );
}
