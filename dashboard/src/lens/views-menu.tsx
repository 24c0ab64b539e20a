import { Button, Menu } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconBookmark, IconBookmarkPlus, IconDeviceFloppy, IconTrash, IconUsers } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { answerOf, api } from '../api/client.js';
import { messageOf } from '../api/problem.js';
import { visibleText } from '../pieces/hostile-text.js';
import { fetchViews, type SavedView } from './lens-requests.js';
import type { LensSearch } from './lens-search.js';
import { SaveViewForm } from './save-view-form.js';

const VIEWS = ['lens', 'views'];

/** Queries that were kept under a name: one's own, and those others share. */
export function ViewsMenu({
  search,
  onOpen,
}: {
  readonly search: LensSearch;
  readonly onOpen: (view: SavedView) => void;
}) {
  const [opened, setOpened] = useState(false);
  const [saving, setSaving] = useState(false);
  const cache = useQueryClient();
  const views = useQuery({ queryKey: VIEWS, queryFn: fetchViews });
  const done = (message: string) => {
    notifications.show({ message });
    return cache.invalidateQueries({ queryKey: VIEWS });
  };
  const failed = (error: unknown) => notifications.show({ color: 'red', message: messageOf(error) });
  const update = useMutation({
    mutationFn: (view: SavedView) =>
      answerOf(
        api.PATCH('/api/v1/lens/views/{id}', {
          params: { path: { id: view.id } },
          body: { q: search.q, from: search.from, to: search.to, columns: search.cols?.split(',') ?? [] },
        }),
      ),
    onSuccess: (_, view) => done(`“${visibleText(view.name, 60)}” now shows this.`),
    onError: failed,
  });
  const remove = useMutation({
    mutationFn: (view: SavedView) =>
      answerOf(api.DELETE('/api/v1/lens/views/{id}', { params: { path: { id: view.id } } })),
    onSuccess: (_, view) => done(`“${visibleText(view.name, 60)}” is deleted.`),
    onError: failed,
  });
  const current = views.data?.find(({ id }) => id === search.view);

  return (
    <>
      <Menu opened={opened} onChange={setOpened} position="bottom-start" shadow="md" width={280}>
        <Menu.Target>
          <Button
            variant="subtle"
            color="gray"
            size="xs"
            leftSection={<IconBookmark size={14} aria-hidden />}
          >
            {current ? visibleText(current.name, 40) : 'Views'}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<IconBookmarkPlus size={14} />} onClick={() => setSaving(true)}>
            Save this as a view…
          </Menu.Item>
          {current?.mine === true && (
            <>
              <Menu.Item leftSection={<IconDeviceFloppy size={14} />} onClick={() => update.mutate(current)}>
                Save into “{visibleText(current.name, 40)}”
              </Menu.Item>
              <Menu.Item leftSection={<IconTrash size={14} />} onClick={() => remove.mutate(current)}>
                Delete “{visibleText(current.name, 40)}”
              </Menu.Item>
            </>
          )}
          <Menu.Divider />
          {views.data?.map((view) => (
            <Menu.Item
              key={view.id}
              onClick={() => onOpen(view)}
              rightSection={
                view.shared ? (
                  <IconUsers
                    size={13}
                    aria-label={view.mine ? 'Shared by you' : `Shared by ${visibleText(view.owner.name, 60)}`}
                  />
                ) : undefined
              }
            >
              <bdi>{visibleText(view.name, 60)}</bdi>
            </Menu.Item>
          ))}
          {views.data?.length === 0 && <Menu.Item disabled>No views yet</Menu.Item>}
          {views.error !== null && <Menu.Item disabled>{messageOf(views.error)}</Menu.Item>}
        </Menu.Dropdown>
      </Menu>
      <SaveViewForm
        opened={saving}
        search={search}
        onClose={() => setSaving(false)}
        onSaved={(view) => {
          setSaving(false);
          void done(`Saved as “${visibleText(view.name, 60)}”.`);
          onOpen(view);
        }}
      />
    </>
  );
}
