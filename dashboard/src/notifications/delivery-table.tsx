import { Button, SegmentedControl } from '@mantine/core';
import { IconMailOff } from '@tabler/icons-react';
import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { DeliveryStatusTag } from '../alerts/delivery-list.js';
import { answerOf, api } from '../api/client.js';
import { useMay } from '../identity/me.js';
import { DataTable, type DataColumn } from '../pieces/data-table.js';
import { ForeignText } from '../pieces/foreign-text.js';
import { ShortId } from '../pieces/short-id.js';
import { SidePanel } from '../pieces/side-panel.js';
import { EmptyState, ErrorState, SkeletonRows } from '../pieces/states.js';
import { Time } from '../pieces/time.js';
import { notice, reportProblem } from '../shell/notices.js';
import { DELIVERIES, deliveriesQuery, type Delivery } from './notification-queries.js';
import classes from './notifications.module.css';

const COLUMNS: readonly DataColumn<Delivery>[] = [
  {
    id: 'status',
    header: 'Status',
    width: '116px',
    cell: ({ status }) => <DeliveryStatusTag status={status} />,
  },
  {
    id: 'channel',
    header: 'Channel',
    width: 'minmax(130px, 2fr)',
    cell: ({ channel }) => <ForeignText text={channel} longest={80} />,
  },
  { id: 'kind', header: 'What', width: '100px', cell: ({ kind }) => kind },
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
    width: '84px',
    align: 'end',
    cell: ({ attemptCount }) => attemptCount,
  },
  {
    id: 'latency',
    header: 'Took',
    width: '90px',
    align: 'end',
    cell: ({ attempts: [last] }) => (last === undefined ? '–' : `${Math.round(last.latencyMs)} ms`),
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
    width: '120px',
    align: 'end',
    cell: ({ nextAttemptAt }) => <Time at={nextAttemptAt} empty="–" />,
  },
];

/** What was told to whom, and how that went. */
export function DeliveryTable() {
  const [status, setStatus] = useState<Delivery['status'] | 'all'>('all');
  const [openId, setOpenId] = useState<string | null>(null);
  const deliveries = useInfiniteQuery(deliveriesQuery(status === 'all' ? undefined : status));
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
      {deliveries.error !== null && deliveries.data === undefined ? (
        <ErrorState error={deliveries.error} onRetry={() => void deliveries.refetch()} />
      ) : deliveries.isPending ? (
        <SkeletonRows rows={8} height={38} />
      ) : rows.length === 0 ? (
        <EmptyState icon={IconMailOff} title="Nothing here">
          Deliveries are kept for 30 days.
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
              <strong>{ok ? 'taken' : (error ?? 'failed')}</strong>
              {status === null ? '' : `, ${status}`}, {Math.round(latencyMs)} ms
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
