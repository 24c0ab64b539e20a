import { Button } from '@mantine/core';
import { useNetwork } from '@mantine/hooks';
import { IconClockExclamation, IconPlugConnectedX } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { messageOf } from '../api/problem.js';
import { Time } from '../pieces/time.js';
import classes from './freshness-banner.module.css';
import { healthQuery } from './health-query.js';
import { useStaleAnswer } from './use-stale-answer.js';

/**
 * Says above every page of when is what stands there, when it could not be brought up to date: since the server cannot be
 * reached, which brings the page up to date once it can, or since it refused.
 */
export function FreshnessBanner() {
  const { online } = useNetwork();
  const queryClient = useQueryClient();
  const { isError, dataUpdatedAt, refetch } = useQuery(healthQuery);
  const wasAway = useRef(false);
  const stale = useStaleAnswer();

  // A browser that lost or found its network knows it before the next look.
  useEffect(() => void refetch(), [online, refetch]);
  useEffect(() => {
    if (wasAway.current && !isError) void queryClient.refetchQueries({ type: 'active', stale: true });
    wasAway.current = isError;
  }, [isError, queryClient]);

  return (
    <div role="status" className={classes['place']}>
      {isError ? (
        <p className={classes['banner']}>
          <IconPlugConnectedX size={16} aria-hidden />
          <span>
            {online
              ? 'The server cannot be reached.'
              : 'This browser has no network: the server cannot be reached.'}{' '}
            {dataUpdatedAt > 0 && (
              <>
                It was last reached <Time at={new Date(dataUpdatedAt)} />.{' '}
              </>
            )}
            It is tried again by itself.
          </span>
        </p>
      ) : (
        stale && (
          <p className={classes['banner']}>
            <IconClockExclamation size={16} aria-hidden />
            <span>
              Not all of this page is up to date: some was read <Time at={stale.readAt} />.{' '}
              {messageOf(stale.error)}
            </span>
            <Button
              className={classes['again']}
              variant="default"
              size="compact-xs"
              loading={stale.isFetching}
              onClick={stale.refetch}
            >
              Try again
            </Button>
          </p>
        )
      )}
    </div>
  );
}
