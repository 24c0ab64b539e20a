import { Alert, Button, Group, MultiSelect, Select, Stack, TextInput } from '@mantine/core';
import { IconKey } from '@tabler/icons-react';
import { SCOPES, type ApiKeyView, type Scope } from '@portcullis/contracts';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { clientSnippets } from '../connections/client-snippets.js';
import { connectionsQuery, dashboardSettingsQuery } from '../connections/connection-queries.js';
import { CodeBlock } from '../pieces/code-block.js';
import { Dialog } from '../pieces/dialog.js';
import { visibleText } from '../pieces/hostile-text.js';
import { ProblemAlert } from '../pieces/problem-alert.js';
import { useCreateApiKey } from './api-key-queries.js';
import { expiryOf, LIFETIMES } from './key-state.js';

/** Makes a key and shows it, this once. */
export function CreateApiKey({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  return (
    <Dialog opened={opened} onClose={onClose} title="Create an API key" size="lg" closeOnClickOutside={false}>
      {opened && <CreateForm onClose={onClose} />}
    </Dialog>
  );
}

function CreateForm({ onClose }: { onClose: () => void }) {
  const create = useCreateApiKey();
  const connections = useQuery(connectionsQuery);
  const [label, setLabel] = useState('');
  const [agent, setAgent] = useState('');
  const [scopes, setScopes] = useState<Scope[]>(['mcp']);
  const [allowed, setAllowed] = useState<string[]>([]);
  const [boundUser, setBoundUser] = useState('');
  const [lifetime, setLifetime] = useState('90');
  if (create.isSuccess) {
    const first = connections.data?.find(({ id }) => create.data.connections?.includes(id) ?? true)?.slug;
    return <MadeKey apiKey={create.data} slug={first} onClose={onClose} />;
  }
  const submit = () =>
    create.mutate({
      label: label.trim(),
      agent: agent.trim() || null,
      scopes,
      connections: allowed.length === 0 ? null : allowed,
      boundUser: boundUser.trim() || null,
      expiresAt: expiryOf(lifetime, new Date()),
    });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <Stack gap="sm">
        {create.isError && <ProblemAlert error={create.error} />}
        <TextInput
          label="Name"
          placeholder="Claude in CI"
          required
          maxLength={200}
          data-autofocus
          value={label}
          onChange={(event) => setLabel(event.currentTarget.value)}
        />
        <TextInput
          label="Agent"
          description="What the agent is called in the audit history. Empty for a script or a person."
          placeholder="claude-ci"
          maxLength={200}
          value={agent}
          onChange={(event) => setAgent(event.currentTarget.value)}
        />
        <MultiSelect
          label="Scopes"
          description="An agent needs mcp and nothing else."
          data={[...SCOPES]}
          value={scopes}
          onChange={(next) => setScopes(next as Scope[])}
          searchable
          required
        />
        <MultiSelect
          label="Connections"
          description="None chosen means all, those to come included."
          searchable
          clearable
          value={allowed}
          onChange={setAllowed}
          data={
            connections.data?.map(({ id, name, slug }) => ({
              value: id,
              label: `${visibleText(name, 80)} (${slug})`,
            })) ?? []
          }
        />
        <TextInput
          label="Bound user"
          description="Calls count as this user's, whatever the agent says. Empty lets the agent name its user."
          placeholder="ana@example.com"
          maxLength={256}
          value={boundUser}
          onChange={(event) => setBoundUser(event.currentTarget.value)}
        />
        <Select
          label="Expires after"
          data={[...LIFETIMES]}
          value={lifetime}
          allowDeselect={false}
          onChange={(value) => setLifetime(value ?? '90')}
          w={180}
        />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={create.isPending} disabled={scopes.length === 0}>
            Create key
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function MadeKey({
  apiKey,
  slug,
  onClose,
}: {
  apiKey: ApiKeyView & { secret: string };
  slug: string | undefined;
  onClose: () => void;
}) {
  const settings = useQuery(dashboardSettingsQuery);
  const [client, setClient] = useState('Claude Code');
  const forAgents = apiKey.scopes.includes('mcp') && slug !== undefined && settings.data !== undefined;
  const snippets = forAgents
    ? clientSnippets({ gatewayUrl: settings.data.gatewayUrl, slug, key: apiKey.secret })
    : [];
  const shown = snippets.find((snippet) => snippet.client === client);
  return (
    <Stack>
      <Alert
        variant="light"
        color="green"
        icon={<IconKey size={18} />}
        title={`${visibleText(apiKey.label, 80)} is made`}
      >
        This is the only time it is shown. Copy it to where it belongs now.
      </Alert>
      <CodeBlock code={apiKey.secret} label="API key" wrap />
      {shown && (
        <>
          <Select
            label="Configuration for"
            data={snippets.map((snippet) => snippet.client)}
            value={client}
            allowDeselect={false}
            onChange={(next) => setClient(next ?? client)}
            w={200}
          />
          <CodeBlock code={shown.code} label={`configuration of ${shown.client}`} title={shown.place} />
        </>
      )}
      <Group justify="flex-end">
        <Button onClick={onClose}>I have copied it</Button>
      </Group>
    </Stack>
  );
}
