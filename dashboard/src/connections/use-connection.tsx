import { Alert, Button, Group, Stack, Tabs, TextInput } from '@mantine/core';
import { IconKey } from '@tabler/icons-react';
import type { ConnectionView } from '@portcullis/contracts';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { messageOf } from '../api/problem.js';
import { useFailure } from '../api/use-failure.js';
import { useCreateApiKey } from '../api-keys/api-key-queries.js';
import { useMay } from '../identity/me.js';
import { CodeBlock } from '../pieces/code-block.js';
import { visibleText } from '../pieces/hostile-text.js';
import { ErrorState, SkeletonRows } from '../pieces/states.js';
import { clientSnippets, KEY_PLACEHOLDER } from './client-snippets.js';
import { dashboardSettingsQuery } from './connection-queries.js';

/** What to paste where, for each client, with a key made for it on the spot. */
export function UseConnection({
  connection: { id, slug },
}: {
  connection: Pick<ConnectionView, 'id' | 'slug'>;
}) {
  const settings = useQuery(dashboardSettingsQuery);
  const failure = useFailure(settings);
  const [agent, setAgent] = useState('');
  const create = useCreateApiKey();
  const mayMakeKeys = useMay('keys:write');
  if (failure) return <ErrorState what="The address of the gateway" {...failure} />;
  if (settings.data === undefined) return <SkeletonRows rows={6} />;
  const snippets = clientSnippets({
    gatewayUrl: settings.data.gatewayUrl,
    slug,
    key: create.data?.secret ?? KEY_PLACEHOLDER,
  });

  const make = () =>
    create.mutate({
      label: agent.trim(),
      agent: agent.trim(),
      scopes: ['mcp'],
      connections: [id],
      boundUser: null,
      expiresAt: null,
    });
  return (
    <Stack>
      {create.isSuccess ? (
        <Alert
          variant="light"
          color="green"
          icon={<IconKey size={18} />}
          title={`The key of ${visibleText(create.data.label, 80)} is in the text below`}
        >
          It is shown this once: copy it before you leave the page.
        </Alert>
      ) : (
        mayMakeKeys && (
          <form
            onSubmit={(event) => {
              event.preventDefault();
              make();
            }}
          >
            <Group align="flex-end" gap="xs">
              <TextInput
                label="Agent"
                placeholder="claude-ci"
                description="A key of its own, for this connection only."
                required
                maxLength={200}
                w={300}
                value={agent}
                onChange={(event) => setAgent(event.currentTarget.value)}
                error={create.isError ? messageOf(create.error) : undefined}
              />
              <Button type="submit" leftSection={<IconKey size={15} />} loading={create.isPending}>
                Create a key
              </Button>
            </Group>
          </form>
        )
      )}
      <Tabs defaultValue={snippets[0]?.id ?? ''} variant="pills">
        <Tabs.List mb="sm" aria-label="Client">
          {snippets.map(({ id: tab, client }) => (
            <Tabs.Tab key={tab} value={tab}>
              {client}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {snippets.map(({ id: tab, client, place, code }) => (
          <Tabs.Panel key={tab} value={tab}>
            <CodeBlock code={code} label={`configuration of ${client}`} title={place} />
          </Tabs.Panel>
        ))}
      </Tabs>
    </Stack>
  );
}
