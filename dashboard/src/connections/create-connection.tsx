import { Button, Group, Stack, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { api, dataOf } from '../api/client.js';
import { ApiProblem } from '../api/problem.js';
import { Dialog } from '../pieces/dialog.js';
import { ForeignText } from '../pieces/foreign-text.js';
import { ProblemAlert } from '../pieces/problem-alert.js';
import { CredentialFields, type CredentialDraft } from './credential-fields.js';
import { slugOf } from './slug-of.js';
import { TestConnection } from './test-connection.js';

/** Names a server, keeps it, and asks it at once whether it speaks MCP. */
export function CreateConnection({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  return (
    <Dialog opened={opened} onClose={onClose} title="Create a connection" size="md">
      {opened && <CreateForm onClose={onClose} />}
    </Dialog>
  );
}

const NO_CREDENTIAL: CredentialDraft = { authType: 'none', authHeaderName: '', credential: '' };

function CreateForm({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState('');
  const [slug, setSlug] = useState<string>();
  const [upstreamUrl, setUpstreamUrl] = useState('');
  const [auth, setAuth] = useState(NO_CREDENTIAL);
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const shownSlug = slug ?? slugOf(name);
  const create = useMutation({
    mutationFn: () =>
      dataOf(
        api.POST('/api/v1/connections', {
          body: {
            name: name.trim(),
            slug: shownSlug,
            upstreamUrl: upstreamUrl.trim(),
            authType: auth.authType,
            ...(auth.authType === 'header' ? { authHeaderName: auth.authHeaderName.trim() } : {}),
            ...(auth.authType === 'none' ? {} : { credential: auth.credential }),
          },
        }),
      ),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ['connections'] }),
  });
  const problem = create.error instanceof ApiProblem ? create.error : undefined;
  const errors = {
    name: problem?.issueAt('/name'),
    slug:
      problem?.issueAt('/slug') ??
      (problem?.code === 'connection.slug_taken' ? 'Another connection has this slug.' : undefined),
    upstreamUrl:
      problem?.issueAt('/upstreamUrl') ??
      (problem?.code === 'connection.upstream_forbidden' ? problem.message : undefined),
    credential: problem?.issueAt('/credential'),
    authHeaderName: problem?.issueAt('/authHeaderName'),
  };
  const placed = Object.values(errors).some((error) => error !== undefined);

  if (create.isSuccess) {
    const open = () => void navigate({ to: '/connections/$slug', params: { slug: create.data.slug } });
    return (
      <Stack>
        <div>
          <strong>
            <ForeignText text={create.data.name} longest={120} />
          </strong>{' '}
          is kept. Asking it whether it speaks MCP:
        </div>
        <TestConnection id={create.data.slug} atOnce />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Close
          </Button>
          <Button onClick={open} data-autofocus>
            Connect an agent
          </Button>
        </Group>
      </Stack>
    );
  }
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        create.mutate();
      }}
    >
      <Stack>
        {create.isError && !placed && <ProblemAlert error={create.error} />}
        <TextInput
          label="Name"
          placeholder="Production database"
          required
          maxLength={200}
          data-autofocus
          value={name}
          error={errors.name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <TextInput
          label="Slug"
          required
          maxLength={64}
          pattern="[a-z0-9][a-z0-9_\-]{2,63}"
          value={shownSlug}
          error={errors.slug}
          description="Part of the address agents use. It cannot be changed later."
          onChange={(event) => setSlug(event.currentTarget.value)}
        />
        <TextInput
          label="Address of the MCP server"
          type="url"
          placeholder="https://mcp.example.com/mcp"
          required
          maxLength={2048}
          value={upstreamUrl}
          error={errors.upstreamUrl}
          onChange={(event) => setUpstreamUrl(event.currentTarget.value)}
        />
        <CredentialFields draft={auth} onChange={setAuth} errors={errors} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={create.isPending}>
            Create and test
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
