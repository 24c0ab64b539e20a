import { Button, Stack, Switch, Text, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { api, dataOf } from '../api/client.js';
import { messageOf } from '../api/problem.js';
import { Dialog } from '../pieces/dialog.js';
import type { SavedView } from './lens-requests.js';
import type { LensSearch } from './lens-search.js';
import { isRelative } from './time-range.js';

export interface SaveViewFormProps {
  readonly opened: boolean;
  readonly search: LensSearch;
  readonly onClose: () => void;
  readonly onSaved: (view: SavedView) => void;
}

export function SaveViewForm({ opened, search, onClose, onSaved }: SaveViewFormProps) {
  const [name, setName] = useState('');
  const [shared, setShared] = useState(false);
  const save = useMutation({
    mutationFn: () =>
      dataOf(
        api.POST('/api/v1/lens/views', {
          body: {
            name,
            q: search.q,
            from: search.from,
            to: search.to,
            columns: search.cols?.split(',') ?? [],
            shared,
          },
        }),
      ),
    onSuccess: (view) => {
      setName('');
      onSaved(view);
    },
  });
  return (
    <Dialog opened={opened} onClose={onClose} title="Save as a view">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate();
        }}
      >
        <Stack gap="sm">
          <TextInput
            label="Name"
            value={name}
            maxLength={120}
            required
            data-autofocus
            error={save.error ? messageOf(save.error) : undefined}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <Switch
            label="Shared with the organization"
            description="Everyone may open it; only you change it."
            checked={shared}
            onChange={(event) => setShared(event.currentTarget.checked)}
          />
          <Text size="xs" c="dimmed">
            Keeps the query, the columns and the time
            {isRelative(search) ? ', counted from whenever it is opened' : ''}.
          </Text>
          <Button type="submit" loading={save.isPending} disabled={name.trim() === ''}>
            Save
          </Button>
        </Stack>
      </form>
    </Dialog>
  );
}
