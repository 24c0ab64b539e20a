import { Button, Group, Stack, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, dataOf } from '../api/client.js';
import { ApiProblem } from '../api/problem.js';
import { meQuery } from '../identity/me.js';
import { ProblemAlert } from '../pieces/problem-alert.js';
import { Dialog } from '../pieces/dialog.js';

interface CreateOrganizationProps {
  readonly opened: boolean;
  readonly onClose: () => void;
  /** Works in the new one from now on. */
  readonly onCreated: (organizationId: string) => void;
}

/** Makes an organization, whose owner one is then. */
export function CreateOrganization({ opened, onClose, onCreated }: CreateOrganizationProps) {
  return (
    <Dialog opened={opened} onClose={onClose} title="Create an organization" size="md">
      {opened && <CreateForm onClose={onClose} onCreated={onCreated} />}
    </Dialog>
  );
}

function CreateForm({ onClose, onCreated }: Omit<CreateOrganizationProps, 'opened'>) {
  const [name, setName] = useState('');
  // The same for each press of the button, so that a lost answer does not lead to a second one.
  const [key, setKey] = useState(() => newKey());
  const queryClient = useQueryClient();
  const create = useMutation({
    mutationFn: () =>
      dataOf(
        api.POST('/api/v1/organizations', {
          body: { name: name.trim() },
          headers: { 'idempotency-key': key },
        }),
      ),
    onSuccess: async ({ id }) => {
      await queryClient.invalidateQueries(meQuery);
      onCreated(id);
    },
  });
  const problem = create.error instanceof ApiProblem ? create.error.issueAt('/name') : undefined;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        create.mutate();
      }}
    >
      <Stack>
        {create.isError && problem === undefined && <ProblemAlert error={create.error} />}
        <TextInput
          label="Name"
          placeholder="Payments team"
          required
          maxLength={200}
          data-autofocus
          value={name}
          error={problem}
          description="Its members, connections, policies and history are apart from every other organization's. You become its owner."
          onChange={(event) => {
            setName(event.currentTarget.value);
            setKey(newKey());
          }}
        />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={create.isPending} disabled={name.trim() === ''}>
            Create organization
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

/** Not `randomUUID`, which a page without https lacks. */
function newKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))]
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('');
}
