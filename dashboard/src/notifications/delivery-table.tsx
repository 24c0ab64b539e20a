import { Button, SegmentedControl } from '@mantine/core';
import { IconMailOff } from '@tabler/icons-react';
import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { DeliveryStatusTag } from '../alerts/delivery-list.js';
import { answerOf, api } from '../api/client.js';
import { useFailure } from '../api/use-failure.js';
import { useMay } from '../identity/me.js';
import { useNow } from '../pieces/clock.js';
import { DataTable, NOTHING, type DataColumn } from '../pieces/data-table.js';
import { ForeignText } from '../pieces/foreign-text.js';
import { ShortId } from '../pieces/short-id.js';
import { SidePanel } from '../pieces/side-panel.js';
import { EmptyState, ErrorState, SkeletonRows } from '../pieces/states.js';
import { Time } from '../pieces/time.js';
import { notice, reportProblem } from '../shell/notices.js';
import { failureText } from './delivery-words.js';
import { DELIVERIES, deliveriesQuery, type Delivery } from './notification-queries.js';
import classes from './notifications.module.css';

const COLUMNS: readonly DataColumn<Delivery>[] = [
  {
    id: 'status',
    header: 'Status',
    phone: 'corner',
    width: '126px',
    cell: ({ status }) => <DeliveryStatusTag status={status} />,
  },
  {
    id: 'channel',
    header: 'Channel',
    phone: 'title',
    width: 'minmax(130px, 2fr)',
    cell: ({ channel }) => <ForeignText text={channel} longest={80} />,
  },
  { id: 'kind', header: 'What', width: '100px', cell: ({ kind }) => kind },
  {
    id: 'error',
    header: 'Last error',
    width: 'minmax(190px, 3fr)',
    wraps: true,
    cell: ({ status, attempts: [last] }) =>
      status === 'delivered' || last === undefined || last.ok ? NOTHING : failureText(last.error),
  },
  {
    id: 'alerts',
    header: 'Alerts',
    width: '70px',
    align: 'end',
    cell: ({ alerts, omitted }) => alerts.length + omitted,
  },
  {
    id: 'attempts',
    header: 'Attempts',
    width: '96px',
    align: 'end',
    cell: ({ attemptCount }) => attemptCount,
  },
  {
    id: 'latency',
    header: 'Took',
    width: '90px',
    align: 'end',
    cell: ({ attempts: [last] }) => (last === undefined ? NOTHING : `${Math.round(last.latencyMs)} ms`),
  },
  {
    id: 'created',
    header: 'Sent',
    width: '110px',
    align: 'end',
    cell: ({ createdAt }) => <Time at={createdAt} />,
  },
  {
    id: 'next',
    header: 'Next attempt',
    width: '124px',
    align: 'end',
    cell: ({ nextAttemptAt }) => (nextAttemptAt === null ? NOTHING : <Due at={nextAttemptAt} />),
  },
];

/** What is past waits for its channel: one that fails is left alone for a while. */
function Due({ at }: { readonly at: string }) {
  return new Date(at) < useNow() ? (
    <span title="Its channel fails and is left alone for a while.">waits</span>
  ) : (
    <Time at={at} />
  );
}

const EMPTY: Record<Delivery['status'] | 'all', string> = {
  all: 'Nothing was delivered yet',
  pending: 'Nothing waits',
  retrying: 'Nothing is tried again',
  delivered: 'Nothing was delivered yet',
  dead: 'No dead letters',
};

/** What was told to whom, and how that went. */
export function DeliveryTable() {
  const [status, setStatus] = useState<Delivery['status'] | 'all'>('all');
  const [openId, setOpenId] = useState<string | null>(null);
  const deliveries = useInfiniteQuery(deliveriesQuery(status === 'all' ? undefined : status));
  const failure = useFailure(deliveries);
  const rows = deliveries.data?.pages.flatMap((page) => page.rows) ?? [];
  const open = rows.find(({ id }) => id === openId);
  return (
    <>
      <div className={classes['bar']}>
        <SegmentedControl
          aria-label="Status"
          value={status}
          onChange={(value) => setStatus(value as Delivery['status'])}
          data={[
            { value: 'all', label: 'All' },
            { value: 'delivered', label: 'Delivered' },
            { value: 'retrying', label: 'Retrying' },
            { value: 'dead', label: 'Dead' },
          ]}
        />
      </div>
      {failure ? (
        <ErrorState what="Deliveries" {...failure} />
      ) : deliveries.isPending ? (
        <SkeletonRows head rows={8} />
      ) : rows.length === 0 ? (
        <EmptyState icon={IconMailOff} title={EMPTY[status]}>
          Each time a channel is told of an alert stands here, with its attempts and answers, for 30 days.
        </EmptyState>
      ) : (
        <DataTable
          label="Deliveries"
          columns={COLUMNS}
          rows={rows}
          rowId={({ id }) => id}
          openId={openId}
          onOpen={({ id }) => setOpenId(id)}
          onEnd={() =>
            deliveries.hasNextPage && !deliveries.isFetchingNextPage && void deliveries.fetchNextPage()
          }
        />
      )}
      {open !== undefined && <DeliveryPanel delivery={open} onClose={() => setOpenId(null)} />}
    </>
  );
}

function DeliveryPanel({ delivery, onClose }: { readonly delivery: Delivery; readonly onClose: () => void }) {
  const mayWrite = useMay('notifications:write');
  const cache = useQueryClient();
  const replay = useMutation({
    mutationFn: () =>
      answerOf(
        api.POST('/api/v1/notification-deliveries/{id}/replay', {
          params: { path: { id: delivery.id } },
          body: {},
        }),
      ),
    onSuccess: () => {
      notice('On its way again, under the same id.');
      return cache.invalidateQueries({ queryKey: DELIVERIES });
    },
    onError: reportProblem('It was not sent again'),
  });
  const ended = delivery.status === 'dead' || delivery.status === 'delivered';
  return (
    <SidePanel
      label="Delivery"
      subject={delivery.id}
      onClose={onClose}
      title={<ShortId id={delivery.id} label="id of the delivery" />}
    >
      <p className={classes['waiting']}>
        <DeliveryStatusTag status={delivery.status} /> <ForeignText text={delivery.channel} longest={80} />
      </p>
      {mayWrite && ended && (
        <Button variant="default" size="xs" loading={replay.isPending} onClick={() => replay.mutate()}>
          Send again
        </Button>
      )}
      <ol className={classes['attempts']} aria-label="Attempts, newest first">
        {delivery.attempts.map(({ at, ok, status, latencyMs, error, response }) => (
          <li key={at}>
            <span>
              <strong>{ok ? 'Taken.' : failureText(error)}</strong>{' '}
              <span className={classes['quiet']}>
                {status === null ? '' : `${status}, `}
                {Math.round(latencyMs)} ms
              </span>
            </span>
            <span className={classes['quiet']}>
              <Time at={at} />
            </span>
            {response !== null && (
              <q>
                <ForeignText text={response} longest={400} />
              </q>
            )}
          </li>
        ))}
      </ol>
    </SidePanel>
  );
}
