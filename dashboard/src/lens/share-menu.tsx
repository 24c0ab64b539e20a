import { Button, Menu } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconDownload, IconLink, IconShare, IconTerminal2 } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { messageOf } from '../api/problem.js';
import { lensCurl } from './lens-curl.js';
import { fetchExport, type ExportFormat, type LensRun } from './lens-requests.js';

/** What leaves the page: a link that shows the same to whoever opens it, a command, a file. */
export function ShareMenu({ run, link }: { readonly run: LensRun; readonly link: () => string }) {
  const copy = async (text: string, message: string) => {
    try {
      await navigator.clipboard.writeText(text);
      notifications.show({ message });
    } catch {
      notifications.show({ color: 'red', message: 'The browser did not let the page copy.' });
    }
  };
  const download = useMutation({
    mutationFn: (format: ExportFormat) => fetchExport(run, format),
    onSuccess: (file, format) =>
      saveFile(file, `portcullis-${run.from.slice(0, 19).replaceAll(':', '')}.${format}`),
    onError: (error) =>
      notifications.show({ color: 'red', title: 'The export failed', message: messageOf(error) }),
  });
  return (
    <Menu position="bottom-end" shadow="md">
      <Menu.Target>
        <Button
          variant="subtle"
          color="gray"
          size="xs"
          loading={download.isPending}
          leftSection={<IconShare size={14} aria-hidden />}
        >
          Share
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item
          leftSection={<IconLink size={14} />}
          onClick={() => void copy(link(), 'The link shows this time to whoever opens it.')}
        >
          Copy link with this time
        </Menu.Item>
        <Menu.Item
          leftSection={<IconTerminal2 size={14} />}
          onClick={() =>
            void copy(lensCurl(window.location.origin, run), 'Set PORTCULLIS_API_KEY before you run it.')
          }
        >
          Copy as curl
        </Menu.Item>
        <Menu.Divider />
        <Menu.Item leftSection={<IconDownload size={14} />} onClick={() => download.mutate('csv')}>
          Export CSV
        </Menu.Item>
        <Menu.Item leftSection={<IconDownload size={14} />} onClick={() => download.mutate('ndjson')}>
          Export NDJSON
        </Menu.Item>
        <Menu.Label>At most 100,000 rows; each export is recorded.</Menu.Label>
      </Menu.Dropdown>
    </Menu>
  );
}

function saveFile(file: Blob, name: string): void {
  const address = URL.createObjectURL(file);
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  // The download has its own hold on the file by the next turn.
  setTimeout(() => URL.revokeObjectURL(address), 0);
}
