import { ActionIcon, Menu } from '@mantine/core';
import {
  IconCheck,
  IconClockPause,
  IconDots,
  IconPlayerStop,
  IconSend,
  IconX,
  IconBellOff,
  type Icon,
} from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { answerOf, api, dataOf } from '../api/client.js';
import { useFailure } from '../api/use-failure.js';
import { useMay } from '../identity/me.js';
import { Confirm } from '../pieces/confirm.js';
import { DataTable, NOTHING, type DataColumn } from '../pieces/data-table.js';
import { ForeignText } from '../pieces/foreign-text.js';
import { EmptyState, ErrorState, SkeletonRows } from '../pieces/states.js';
import { Tag } from '../pieces/tag.js';
import { Time } from '../pieces/time.js';
import { notice, reportProblem } from '../shell/notices.js';
import type { Tone } from '../theme/verdict-colours.js';
import { CHANNEL_TYPES } from './channel-form-values.js';
import { ChannelForm, NewSecret, secretOf } from './channel-form.js';
import { failureText } from './delivery-words.js';
import { CHANNELS, DELIVERIES, channelsQuery, type Channel } from './notification-queries.js';
import { TestSend } from './test-send.js';
import classes from './notifications.module.css';

const HEALTH: Record<Channel['health']['state'], { readonly tone: Tone; readonly icon: Icon }> = {
  ok: { tone: 'allow', icon: IconCheck },
  failing: { tone: 'deny', icon: IconX },
  paused: { tone: 'alert', icon: IconClockPause },
  stopped: { tone: 'deny', icon: IconPlayerStop },
};

function HealthTag({ channel }: { readonly channel: Channel }) {
  if (!channel.enabled) return <Tag tone="neutral" icon={IconBellOff} word="off" />;
  const { state, lastError } = channel.health;
  const { tone, icon } = HEALTH[state];
  return (
    <Tag
      tone={tone}
      icon={icon}
      word={state}
      {...(lastError === null ? {} : { title: failureText(lastError) })}
    />
  );
}

/** Where people are told, and whether it works. */
export function ChannelList({
  edit,
  onEdit,
}: {
  readonly edit: string | undefined;
  readonly onEdit: (id: string | undefined) => void;
}) {
  const channels = useQuery(channelsQuery);
  const failure = useFailure(channels);
  const mayWrite = useMay('notifications:write');
  const [testing, setTesting] = useState<Channel | null>(null);
  const edited = channels.data?.find(({ id }) => id === edit);
  const columns: readonly DataColumn<Channel>[] = [
    {
      id: 'name',
      header: 'Channel',
      phone: 'title',
      width: 'minmax(140px, 1.4fr)',
      cell: ({ name }) => <ForeignText text={name} longest={80} />,
      sortBy: ({ name }) => name,
    },
    {
      id: 'type',
      header: 'Type',
      width: '140px',
      cell: ({ type }) => CHANNEL_TYPES.find(({ value }) => value === type)?.label ?? type,
      sortBy: ({ type }) => type,
    },
    {
      id: 'health',
      header: 'Health',
      phone: 'corner',
      width: '110px',
      cell: (channel) => <HealthTag channel={channel} />,
    },
    {
      id: 'delivered',
      header: 'Last delivered',
      width: '130px',
      align: 'end',
      cell: ({ health }) => <Time at={health.lastDeliveredAt} />,
    },
    {
      id: 'error',
      header: 'Last error',
      width: 'minmax(220px, 2fr)',
      wraps: true,
      cell: ({ health: { failures, state, lastError } }) =>
        (failures > 0 || state !== 'ok') && lastError !== null ? failureText(lastError) : NOTHING,
    },
    {
      id: 'actions',
      header: '',
      width: '100px',
      align: 'end',
      cell: (channel) =>
        mayWrite && (
          <ChannelActions
            channel={channel}
            onTest={() => setTesting(channel)}
            onChange={() => onEdit(channel.id)}
          />
        ),
    },
  ];
  return (
    <>
      {failure ? (
        <ErrorState what="Channels" {...failure} />
      ) : channels.data === undefined ? (
        <SkeletonRows head rows={4} />
      ) : channels.data.length === 0 ? (
        <EmptyState icon={IconBellOff} title="Nobody is told yet">
          Alerts stay in this dashboard until a channel takes them out: by webhook, mail, Slack, Teams,
          PagerDuty or syslog. Make one, then choose under Routes what it is told.
        </EmptyState>
      ) : (
        <DataTable
          label="Channels"
          columns={columns}
          rows={channels.data}
          rowId={({ id }) => id}
          {...(mayWrite ? { onOpen: ({ id }: Channel) => onEdit(id) } : {})}
        />
      )}
      {mayWrite && (edit === 'new' || edited !== undefined) && (
        <ChannelForm key={edit} channel={edited ?? null} onClose={() => onEdit(undefined)} />
      )}
      {testing !== null && <TestSend channel={testing} onClose={() => setTesting(null)} />}
    </>
  );
}

function ChannelActions({
  channel,
  onTest,
  onChange,
}: {
  readonly channel: Channel;
  readonly onTest: () => void;
  readonly onChange: () => void;
}) {
  const [deleting, setDeleting] = useState(false);
  const [secret, setSecret] = useState<string>();
  const cache = useQueryClient();
  const rotate = useMutation({
    mutationFn: () =>
      dataOf(
        api.PATCH('/api/v1/notification-channels/{id}', {
          params: { path: { id: channel.id } },
          body: { rotateSecret: true },
        }),
      ),
    onSuccess: (saved) => {
      setSecret(secretOf(saved));
      return cache.invalidateQueries({ queryKey: CHANNELS });
    },
    onError: reportProblem('The secret is as it was'),
  });
  const remove = async () => {
    await answerOf(
      api.DELETE('/api/v1/notification-channels/{id}', { params: { path: { id: channel.id } } }),
    );
    notice('The channel is deleted.');
    await Promise.all([CHANNELS, DELIVERIES].map((queryKey) => cache.invalidateQueries({ queryKey })));
  };
  return (
    <span className={classes['actions']}>
      <ActionIcon aria-label="Send a test" title="Send a test" onClick={onTest}>
        <IconSend size={15} />
      </ActionIcon>
      <Menu position="bottom-end" shadow="md">
        <Menu.Target>
          <ActionIcon aria-label="More for this channel">
            <IconDots size={16} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={onChange}>Change…</Menu.Item>
          {channel.type === 'webhook' && (
            <Menu.Item onClick={() => rotate.mutate()}>Rotate the secret</Menu.Item>
          )}
          <Menu.Item color="red" onClick={() => setDeleting(true)}>
            Delete…
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <Confirm
        opened={deleting}
        onClose={() => setDeleting(false)}
        title="Delete the channel"
        action="Delete"
        onConfirm={remove}
      >
        <ForeignText text={channel.name} longest={80} /> and what waits for it are gone. Its history stays.
      </Confirm>
      {secret !== undefined && <NewSecret secret={secret} onClose={() => setSecret(undefined)} />}
    </span>
  );
}
