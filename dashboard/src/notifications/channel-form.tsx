import {
  Button,
  Group,
  NumberInput,
  SegmentedControl,
  Select,
  Stack,
  Switch,
  TagsInput,
  TextInput,
} from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { api, dataOf } from '../api/client.js';
import { ApiProblem, messageOf } from '../api/problem.js';
import { useDraft, type Storing } from '../identity/drafts.js';
import { Dialog } from '../pieces/dialog.js';
import { FieldRow } from '../pieces/field-row.js';
import { CopyAction } from '../pieces/short-id.js';
import { CHANNEL_TYPES, typedSettings, valuesOf, type ChannelFormValues } from './channel-form-values.js';
import { CHANNELS, type Channel, type ChannelType } from './notification-queries.js';
import classes from './notifications.module.css';

/** Whoever has a channel's secret or address can write to it: both are typed anew after a reload. */
function storingOf(channel: Channel | null): Storing<ChannelFormValues> {
  const initial = valuesOf(channel);
  return {
    write: ({ secret, url, ...values }) =>
      secret === '' &&
      url === initial.url &&
      JSON.stringify({ ...initial, ...values }) === JSON.stringify(initial)
        ? undefined
        : values,
    read: (stored) => {
      const values = { ...initial, ...(stored as Partial<ChannelFormValues>), secret: '', url: initial.url };
      return CHANNEL_TYPES.some(({ value }) => value === values.type) && Array.isArray(values.to)
        ? values
        : undefined;
    },
  };
}

/** Makes a channel, or changes one. A secret goes in and never comes out; one that was made here is shown this once. */
export function ChannelForm({
  channel,
  onClose,
}: {
  readonly channel: Channel | null;
  readonly onClose: () => void;
}) {
  const [values, setValues] = useDraft(
    `channel ${channel?.id ?? 'new'}`,
    () => valuesOf(channel),
    storingOf(channel),
  );
  const cache = useQueryClient();
  const save = useMutation({
    mutationFn: async () => {
      const secret = values.secret.trim() === '' ? {} : { secret: values.secret.trim() };
      const { name, enabled } = values;
      if (channel === null) {
        return dataOf(
          api.POST('/api/v1/notification-channels', {
            body: { name, enabled, ...typedSettings(values), ...secret },
          }),
        );
      }
      return dataOf(
        api.PATCH('/api/v1/notification-channels/{id}', {
          params: { path: { id: channel.id } },
          body: { name, enabled, settings: typedSettings(values).settings, ...secret },
        }),
      );
    },
    onSuccess: async (saved) => {
      await cache.invalidateQueries({ queryKey: CHANNELS });
      if (secretOf(saved) === undefined) onClose();
    },
  });
  const made = save.data === undefined ? undefined : secretOf(save.data);
  const set = (part: Partial<ChannelFormValues>) => setValues((before) => ({ ...before, ...part }));

  if (made !== undefined) return <NewSecret secret={made} onClose={onClose} />;
  return (
    <Dialog onClose={onClose} title={channel === null ? 'New channel' : 'Change channel'} size="lg">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate();
        }}
      >
        <Stack>
          <FieldRow>
            <TextInput
              label="Name"
              required
              maxLength={200}
              data-autofocus
              value={values.name}
              onChange={(event) => set({ name: event.currentTarget.value })}
            />
            <Select
              label="Type"
              allowDeselect={false}
              disabled={channel !== null}
              data={CHANNEL_TYPES.map(({ value, label }) => ({ value, label }))}
              value={values.type}
              onChange={(type) => type && set({ type: type as ChannelType })}
            />
          </FieldRow>
          <TypeFields
            values={values}
            set={set}
            hasSecret={channel?.hasSecret === true}
            issueAt={(pointer) =>
              save.error instanceof ApiProblem ? save.error.issueAt(pointer) : undefined
            }
          />
          <Switch
            label="In use"
            checked={values.enabled}
            onChange={(event) => set({ enabled: event.currentTarget.checked })}
          />
          {save.error !== null && (
            <p className={classes['problem']} role="alert">
              {messageOf(save.error)}
            </p>
          )}
          <Group justify="end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={save.isPending}>
              {channel === null ? 'Create' : 'Save'}
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}

interface TypeFieldsProps {
  readonly values: ChannelFormValues;
  readonly set: (part: Partial<ChannelFormValues>) => void;
  readonly hasSecret: boolean;
  readonly issueAt: (pointer: string) => string | undefined;
}

function TypeFields({ values, set, hasSecret, issueAt }: TypeFieldsProps) {
  const type = CHANNEL_TYPES.find(({ value }) => value === values.type);
  return (
    <>
      {values.type === 'webhook' && (
        <TextInput
          label="Address"
          type="url"
          required
          placeholder="https://example.com/alerts"
          value={values.url}
          error={issueAt('/settings/url')}
          onChange={(event) => set({ url: event.currentTarget.value })}
        />
      )}
      {values.type === 'email' && (
        <TagsInput
          label="To"
          required
          maxTags={20}
          placeholder="soc@example.com"
          splitChars={[',', ' ', ';']}
          value={[...values.to]}
          error={issueAt('/settings/to')}
          onChange={(to) => set({ to })}
        />
      )}
      {values.type === 'pagerduty' && (
        <SegmentedControl
          aria-label="Region"
          data={[
            { value: 'us', label: 'US' },
            { value: 'eu', label: 'EU' },
          ]}
          value={values.region}
          onChange={(region) => set({ region: region as 'us' | 'eu' })}
        />
      )}
      {values.type === 'syslog' && (
        <FieldRow>
          <TextInput
            label="Host"
            required
            value={values.host}
            error={issueAt('/settings/host')}
            onChange={(event) => set({ host: event.currentTarget.value })}
          />
          <NumberInput
            label="Port"
            required
            min={1}
            max={65_535}
            value={values.port}
            onChange={(port) => set({ port: Number(port) })}
          />
          <Select
            label="Transport"
            allowDeselect={false}
            data={['tls', 'tcp', 'udp']}
            value={values.transport}
            onChange={(transport) => transport && set({ transport: transport as 'tls' })}
          />
        </FieldRow>
      )}
      {typeof type?.secret === 'string' && (
        <TextInput
          label={type.secret}
          type="password"
          autoComplete="off"
          value={values.secret}
          error={issueAt('/secret')}
          required={!hasSecret && values.type !== 'webhook'}
          placeholder={hasSecret ? 'Kept. Type a new one to replace it.' : ''}
          onChange={(event) => set({ secret: event.currentTarget.value })}
        />
      )}
      <p className={classes['quiet']}>{type?.help}</p>
    </>
  );
}

/** The one time a signing secret is seen. */
export function NewSecret({ secret, onClose }: { readonly secret: string; readonly onClose: () => void }) {
  return (
    <Dialog onClose={onClose} title="Signing secret">
      <Stack>
        <p className={classes['quiet']}>Give it to the receiver now: it is not shown again.</p>
        <p className={classes['secret']}>
          <code>{secret}</code> <CopyAction value={secret} label="Copy the secret" />
        </p>
        <Group justify="end">
          <Button onClick={onClose} data-autofocus>
            I have it
          </Button>
        </Group>
      </Stack>
    </Dialog>
  );
}

export function secretOf(saved: object): string | undefined {
  return (saved as { secret?: string }).secret;
}
