import { Button, Group, Select, Stack, Switch, TextInput } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import type { ConnectionView, ErrorProfile } from '@portcullis/contracts';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { api, dataOf } from '../api/client.js';
import { ApiProblem } from '../api/problem.js';
import { useMay } from '../identity/me.js';
import { Confirm } from '../pieces/confirm.js';
import { ProblemAlert } from '../pieces/problem-alert.js';
import { Time } from '../pieces/time.js';
import { notice, reportProblem } from '../shell/notices.js';
import classes from './connection-page.module.css';
import { useChangeConnection } from './connection-queries.js';
import { CredentialFields } from './credential-fields.js';
import { TestConnection } from './test-connection.js';

const PROFILES: { value: ErrorProfile; label: string }[] = [
  { value: 'auto', label: 'Automatic: what the client understands' },
  { value: 'http', label: 'HTTP status' },
  { value: 'jsonrpc', label: 'JSON-RPC error' },
  { value: 'result', label: 'A tool result the model can read' },
];

/** Address, credential and switches of a connection. */
export function ConnectionSettings({ connection }: { connection: ConnectionView }) {
  const mayWrite = useMay('connections:write');
  if (!mayWrite) return <p>Your role may see this connection and not change it.</p>;
  return (
    <div className={classes['narrow']}>
      <AddressForm connection={connection} />
      <CredentialForm connection={connection} />
      <section className={classes['section']}>
        <h2>Test</h2>
        <p>Asks the server at this address, with this credential, whether it speaks MCP.</p>
        <TestConnection id={connection.slug} />
      </section>
      <Switches connection={connection} />
    </div>
  );
}

function AddressForm({ connection }: { connection: ConnectionView }) {
  const [name, setName] = useState(connection.name);
  const [upstreamUrl, setUpstreamUrl] = useState(connection.upstreamUrl);
  const [errorProfile, setErrorProfile] = useState<ErrorProfile>(connection.errorProfile);
  const change = useChangeConnection(connection.slug);
  const problem = change.error instanceof ApiProblem ? change.error : undefined;
  const same =
    name === connection.name &&
    upstreamUrl === connection.upstreamUrl &&
    errorProfile === connection.errorProfile;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        change.mutate(
          { name: name.trim(), upstreamUrl: upstreamUrl.trim(), errorProfile },
          { onSuccess: () => notice('The connection was changed.') },
        );
      }}
    >
      <Stack gap="sm">
        <TextInput
          label="Name"
          required
          maxLength={200}
          value={name}
          error={problem?.issueAt('/name')}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <TextInput
          label="Address of the MCP server"
          type="url"
          required
          maxLength={2048}
          value={upstreamUrl}
          error={problem && (problem.issueAt('/upstreamUrl') ?? problem.message)}
          onChange={(event) => setUpstreamUrl(event.currentTarget.value)}
        />
        <Select
          label="How refusals reach agents"
          data={PROFILES}
          value={errorProfile}
          allowDeselect={false}
          onChange={(value) => setErrorProfile((value ?? 'auto') as ErrorProfile)}
        />
        <Group>
          <Button type="submit" loading={change.isPending} disabled={same}>
            Save
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function CredentialForm({ connection }: { connection: ConnectionView }) {
  const [draft, setDraft] = useState({
    authType: connection.authType,
    authHeaderName: connection.authHeaderName ?? '',
    credential: '',
  });
  const change = useChangeConnection(connection.slug);
  const stored = connection.hasCredential && draft.authType === connection.authType;
  const save = () =>
    change.mutate(
      {
        authType: draft.authType,
        ...(draft.authType === 'header' ? { authHeaderName: draft.authHeaderName.trim() } : {}),
        ...(draft.authType !== 'none' && draft.credential !== '' ? { credential: draft.credential } : {}),
      },
      { onSuccess: () => notice('The credential was rotated. Agents need no change.') },
    );
  const same =
    draft.authType === connection.authType &&
    draft.credential === '' &&
    draft.authHeaderName === (connection.authHeaderName ?? '');
  return (
    <form
      className={classes['section']}
      onSubmit={(event) => {
        event.preventDefault();
        save();
      }}
    >
      <h2>Credential</h2>
      <p>
        {connection.hasCredential ? 'One is stored. It' : 'None is stored. One'} can be replaced at any time
        and never read.
        {connection.credentialRotatedAt !== null && (
          <>
            {' '}
            Last rotated <Time at={connection.credentialRotatedAt} />.
          </>
        )}
      </p>
      <Stack gap="sm">
        {change.isError && <ProblemAlert error={change.error} />}
        <CredentialFields draft={draft} onChange={setDraft} stored={stored} />
        <Group>
          <Button type="submit" variant="default" loading={change.isPending} disabled={same}>
            {connection.hasCredential ? 'Rotate' : 'Save'}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function Switches({ connection }: { connection: ConnectionView }) {
  const change = useChangeConnection(connection.slug);
  const [asking, { open, close }] = useDisclosure(false);
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const remove = async () => {
    await dataOf(api.DELETE('/api/v1/connections/{id}', { params: { path: { id: connection.slug } } }));
    await navigate({ to: '/connections' });
    await queryClient.invalidateQueries({ queryKey: ['connections'] });
    notice(`${connection.name} was deleted.`);
  };
  return (
    <section className={classes['section']}>
      <h2>Availability</h2>
      <Stack>
        <Switch
          label="Enabled"
          description="Disabled, it answers agents as if it did not exist. In force at once."
          checked={connection.enabled}
          disabled={change.isPending}
          onChange={(event) =>
            change.mutate(
              { enabled: event.currentTarget.checked },
              { onError: reportProblem('The connection was not changed') },
            )
          }
        />
        <Group>
          <Button variant="outline" color="red" onClick={open}>
            Delete connection
          </Button>
        </Group>
      </Stack>
      <Confirm
        opened={asking}
        onClose={close}
        title={`Delete ${connection.name}?`}
        action="Delete connection"
        word={connection.slug}
        onConfirm={remove}
      >
        Agents lose it at once, and its own policies go with it. What was recorded of its calls stays.
      </Confirm>
    </section>
  );
}
