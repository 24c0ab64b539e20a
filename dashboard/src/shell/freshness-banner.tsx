import { useNetwork } from '@mantine/hooks';
import { IconPlugConnectedX } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { Time } from '../pieces/time.js';
import { healthQuery } from './health-query.js';
import classes from './unreachable-banner.module.css';

/**
 * Says above every page that the server cannot be reached, and of when is what still stands there; brings the page up to
 * date when it is back.
 */
export function UnreachableBanner() {
  const { online } = useNetwork();
  const queryClient = useQueryClient();
  const { isError, dataUpdatedAt, refetch } = useQuery(healthQuery);
  const wasAway = useRef(false);

  // A browser that lost or found its network knows it before the next look.
  useEffect(() => void refetch(), [online, refetch]);
  useEffect(() => {
    if (wasAway.current && !isError) void queryClient.refetchQueries({ type: 'active', stale: true });
    wasAway.current = isError;
  }, [isError, queryClient]);

  return (
    <div role="status" className={classes['place']}>
      {isError && (
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
      )}
    </div>
  );
}
