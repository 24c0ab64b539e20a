import { Button, Group, Loader, Select, Stack } from '@mantine/core';
import { IconReload } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { answerOf, api, dataOf } from '../api/client.js';
import { useFailure } from '../api/use-failure.js';
import { Dialog } from '../pieces/dialog.js';
import { FieldRow } from '../pieces/field-row.js';
import { ForeignText } from '../pieces/foreign-text.js';
import { visibleText } from '../pieces/hostile-text.js';
import { ProblemAlert } from '../pieces/problem-alert.js';
import { ErrorState } from '../pieces/states.js';
import { CHANNELS, DELIVERIES, channelsQuery, type Delivery } from './notification-queries.js';
import { deadOf, replayText, unreachableText, REPLAY_SPANS, type Replayed } from './replay-range.js';
import classes from './notifications.module.css';

/** More are not read to be counted: a person who has as many reads the number as “very many”. */
const MOST_COUNTED = 2_000;

/** Dead letters, from the newest back to a moment. They are listed newest first, so reading ends at the first older one. */
async function deadBetween(from: Date, to: Date): Promise<{ rows: Delivery[]; more: boolean }> {
  const rows: Delivery[] = [];
  let cursor: string | undefined;
  do {
    const query = { status: 'dead' as const, limit: 200, ...(cursor === undefined ? {} : { cursor }) };
    const { data, meta } = await answerOf(api.GET('/api/v1/notification-deliveries', { params: { query } }));
    rows.push(...data.filter(({ createdAt }) => new Date(createdAt) >= from && new Date(createdAt) < to));
    cursor = data.some(({ createdAt }) => new Date(createdAt) < from)
      ? undefined
      : ((meta['cursor'] ?? undefined) as string | undefined);
  } while (cursor !== undefined && rows.length < MOST_COUNTED);
  return { rows, more: cursor !== undefined };
}

/** The button that sends what nobody received again, and its dialog. */
export function ReplayDead() {
  const [opened, setOpened] = useState(false);
  return (
    <>
      <Button
        variant="default"
        leftSection={<IconReload size={15} aria-hidden />}
        onClick={() => setOpened(true)}
      >
        Replay dead letters…
      </Button>
      <Dialog opened={opened} onClose={() => setOpened(false)} title="Replay dead letters" size="md">
        {opened && <ReplayForm onClose={() => setOpened(false)} />}
      </Dialog>
    </>
  );
}

function ReplayForm({ onClose }: { readonly onClose: () => void }) {
  const cache = useQueryClient();
  const channels = useQuery(channelsQuery);
  const [hours, setHours] = useState('24');
  const [channelId, setChannelId] = useState<string | null>(null);
  // What is counted and what is sent is one range, whenever the button is pressed.
  const [to, setTo] = useState(() => new Date());
  const from = new Date(to.getTime() - Number(hours) * 3_600_000);
  const dead = useQuery({
    queryKey: [...DELIVERIES, 'dead-since', from.toISOString()],
    queryFn: () => deadBetween(from, to),
    staleTime: Number.POSITIVE_INFINITY,
  });
  const failure = useFailure(dead, channels);
  const replay = useMutation({
    mutationFn: async (): Promise<Replayed> => {
      let sum: Replayed = { replayed: 0, remaining: 0, unreachable: 0 };
      // 200 at once: what remains takes another request, as long as one gets anywhere.
      for (;;) {
        const part = await dataOf(
          api.POST('/api/v1/notification-deliveries/replay', {
            body: {
              from: from.toISOString(),
              to: to.toISOString(),
              ...(channelId === null ? {} : { channelId }),
            },
          }),
        );
        sum = { ...part, replayed: sum.replayed + part.replayed };
        if (part.remaining === 0 || part.replayed === 0) return sum;
      }
    },
    onSettled: () =>
      Promise.all([CHANNELS, DELIVERIES].map((queryKey) => cache.invalidateQueries({ queryKey }))),
  });
  if (replay.data !== undefined) return <Result replayed={replay.data} onClose={onClose} />;
  const counted = dead.data && channels.data ? deadOf(dead.data.rows, channels.data, channelId) : undefined;
  const total = counted?.total ?? 0;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        replay.mutate();
      }}
    >
      <Stack>
        <FieldRow>
          <Select
            label="Given up within"
            data-autofocus
            allowDeselect={false}
            data={REPLAY_SPANS}
            value={hours}
            onChange={(next) => {
              if (next === null) return;
              setHours(next);
              setTo(new Date());
            }}
          />
          <Select
            label="Channel"
            placeholder="Every channel"
            clearable
            clearButtonProps={{ 'aria-label': 'Every channel' }}
            data={(channels.data ?? []).map(({ id, name }) => ({ value: id, label: visibleText(name, 60) }))}
            value={channelId}
            onChange={setChannelId}
          />
        </FieldRow>
        {failure ? (
          <ErrorState what="Dead letters" {...failure} />
        ) : counted === undefined ? (
          <p className={classes['waiting']} role="status">
            <Loader size="xs" /> Counting…
          </p>
        ) : (
          <div role="status" className={classes['count']}>
            <p>
              <strong>
                {total.toLocaleString('en')}
                {dead.data?.more ? ' and more' : ''}
              </strong>{' '}
              {total === 1 ? 'dead letter' : 'dead letters'}
              {total === 0 ? ' to send again.' : ' will be sent again, each under its own id.'}
            </p>
            {counted.unreachable > 0 && <p>{unreachableText(counted.unreachable)}</p>}
            {counted.channels.length > 0 && (
              <ul>
                {counted.channels.map(({ name, count }) => (
                  <li key={name}>
                    <ForeignText text={name} longest={80} /> <span>{count.toLocaleString('en')}</span>
                  </li>
                ))}
              </ul>
            )}
          </div>
        )}
        {replay.error !== null && <ProblemAlert error={replay.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={replay.isPending} disabled={total === 0}>
            {total === 0 ? 'Replay' : `Replay ${total.toLocaleString('en')}`}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function Result({ replayed, onClose }: { readonly replayed: Replayed; readonly onClose: () => void }) {
  return (
    <Stack>
      <div role="status" className={classes['result']}>
        {replayText(replayed).map((line) => (
          <p key={line}>{line}</p>
        ))}
      </div>
      <Group justify="flex-end">
        <Button onClick={onClose} data-autofocus>
          Close
        </Button>
      </Group>
    </Stack>
  );
}
