import { Button, Group, Loader, Stack } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { DeliveryStatusTag } from '../alerts/delivery-list.js';
import { api, dataOf } from '../api/client.js';
import { messageOf } from '../api/problem.js';
import { Dialog } from '../pieces/dialog.js';
import { ForeignText } from '../pieces/foreign-text.js';
import { failureText } from './delivery-words.js';
import { CHANNELS, type Channel, type Delivery } from './notification-queries.js';
import classes from './notifications.module.css';

/** Sends a marked sample and stays with it until it has arrived, or has not. */
export function TestSend({ channel, onClose }: { readonly channel: Channel; readonly onClose: () => void }) {
  const cache = useQueryClient();
  const started = useQuery({
    queryKey: ['test-send', channel.id],
    queryFn: () =>
      dataOf(
        api.POST('/api/v1/notification-channels/{id}/test', {
          params: { path: { id: channel.id } },
          body: {},
        }),
      ) as Promise<Delivery>,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    retry: false,
  });
  const id = started.data?.id;
  const sent = useQuery({
    queryKey: ['test-send', channel.id, id],
    queryFn: async () => {
      const rows = await dataOf(
        api.GET('/api/v1/notification-deliveries', { params: { query: { channel: channel.id, limit: 20 } } }),
      );
      return rows.find((delivery) => delivery.id === id) ?? null;
    },
    enabled: id !== undefined,
    refetchInterval: ({ state }) => ((state.data?.attempts.length ?? 0) === 0 ? 500 : false),
  });
  const delivery = sent.data ?? null;
  const [attempt] = delivery?.attempts ?? [];
  const close = () => {
    void cache.invalidateQueries({ queryKey: CHANNELS });
    onClose();
  };
  return (
    <Dialog onClose={close} title="Test of a channel">
      <Stack>
        {started.error !== null ? (
          <p className={classes['problem']} role="alert">
            {messageOf(started.error)}
          </p>
        ) : attempt === undefined || delivery === null ? (
          <p className={classes['waiting']} role="status">
            <Loader size="xs" /> Sending to <ForeignText text={channel.name} longest={80} />…
          </p>
        ) : (
          <div role="status" className={classes['result']}>
            <p>
              <DeliveryStatusTag status={delivery.status} />{' '}
              {attempt.ok
                ? `It arrived after ${Math.round(attempt.latencyMs)} ms.`
                : `It did not arrive. ${failureText(attempt.error)}`}
            </p>
            {attempt.response !== null && (
              <p className={classes['quiet']}>
                The receiver said: <ForeignText text={attempt.response} longest={300} />
              </p>
            )}
            {delivery.status === 'retrying' && (
              <p className={classes['quiet']}>It is tried again by itself; Deliveries shows how that goes.</p>
            )}
          </div>
        )}
        <Group justify="end">
          <Button variant="default" onClick={close}>
            Close
          </Button>
        </Group>
      </Stack>
    </Dialog>
  );
}
