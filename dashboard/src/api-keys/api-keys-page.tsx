import { Button, Switch } from '@mantine/core';
import { IconBan, IconCheck, IconClockExclamation, IconClockX, IconKey, IconPlus } from '@tabler/icons-react';
import type { ApiKeyView } from '@portcullis/contracts';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { useFailure } from '../api/use-failure.js';
import { useShortcuts } from '../commands/use-shortcuts.js';
import { connectionsQuery } from '../connections/connection-queries.js';
import { useMay } from '../identity/me.js';
import { useNow } from '../pieces/clock.js';
import { Confirm } from '../pieces/confirm.js';
import { DataTable, NOTHING, type DataColumn } from '../pieces/data-table.js';
import { ForeignText } from '../pieces/foreign-text.js';
import { visibleText } from '../pieces/hostile-text.js';
import { Page } from '../pieces/page.js';
import { EmptyState, ErrorState, SkeletonRows } from '../pieces/states.js';
import { Tag } from '../pieces/tag.js';
import { Time } from '../pieces/time.js';
import { notice } from '../shell/notices.js';
import { apiKeysQuery, useRevokeApiKey } from './api-key-queries.js';
import { CreateApiKey } from './create-api-key.js';
import { keyState } from './key-state.js';

const route = getRouteApi('/signed-in/api-keys');
const SHAPES = {
  active: IconCheck,
  revoked: IconBan,
  expired: IconClockX,
  'expires soon': IconClockExclamation,
} as const;

export function ApiKeysPage() {
  const { create, revoked } = route.useSearch();
  const navigate = route.useNavigate();
  const mayWrite = useMay('keys:write');
  const keys = useQuery(apiKeysQuery(revoked === 'shown'));
  const failure = useFailure(keys);
  const [revoking, setRevoking] = useState<ApiKeyView>();
  const revoke = useRevokeApiKey();
  const connections = useQuery({ ...connectionsQuery, enabled: useMay('connections:read') });
  const slugs = useMemo(
    () => new Map(connections.data?.map(({ id, slug }) => [id, slug])),
    [connections.data],
  );
  const columns = useMemo(() => columnsOf(slugs, mayWrite ? setRevoking : undefined), [slugs, mayWrite]);
  const open = () => void navigate({ search: (before) => ({ ...before, create: 'yes' as const }) });
  useShortcuts(mayWrite ? [{ keys: 'c', label: 'Create an API key', group: 'API keys', run: open }] : []);

  const button = mayWrite && (
    <Button leftSection={<IconPlus size={15} />} onClick={open}>
      Create API key
    </Button>
  );
  const toggle = (
    <Switch
      label="Show revoked"
      checked={revoked === 'shown'}
      onChange={(event) =>
        void navigate({ search: event.currentTarget.checked ? { revoked: 'shown' } : {}, replace: true })
      }
    />
  );
  const confirm = async () => {
    if (revoking === undefined) return;
    await revoke.mutateAsync(revoking.id);
    notice(`${revoking.label} is revoked: in force at once.`);
  };
  return (
    <Page
      title="API keys"
      lead="What agents and scripts sign in with. A key is shown once, when it is made."
      actions={
        <>
          {toggle}
          {keys.data?.length !== 0 && button}
        </>
      }
    >
      {keys.data === undefined && failure === null && <SkeletonRows head />}
      {failure && <ErrorState what="API keys" {...failure} />}
      {keys.data?.length === 0 && (
        <EmptyState icon={IconKey} title="No API keys yet" action={button}>
          Each agent gets a key of its own, so that what it does can be told apart and stopped alone.
        </EmptyState>
      )}
      {keys.data !== undefined && keys.data.length > 0 && (
        <DataTable label="API keys" columns={columns} rows={keys.data} rowId={({ id }) => id} />
      )}
      <CreateApiKey
        opened={create === 'yes' && mayWrite}
        onClose={() => void navigate({ search: ({ create: _create, ...rest }) => rest })}
      />
      <Confirm
        opened={revoking !== undefined}
        onClose={() => setRevoking(undefined)}
        title={`Revoke ${revoking?.label ?? ''}?`}
        action="Revoke key"
        onConfirm={confirm}
      >
        Whoever uses it is refused from this moment on. It cannot be brought back; what it did stays recorded.
      </Confirm>
    </Page>
  );
}

function columnsOf(
  slugs: ReadonlyMap<string, string>,
  onRevoke: ((key: ApiKeyView) => void) | undefined,
): DataColumn<ApiKeyView>[] {
  return [
    {
      id: 'label',
      header: 'Name',
      phone: 'title',
      width: 'minmax(120px, 1.4fr)',
      sortBy: ({ label }) => label,
      cell: ({ label }) => <ForeignText text={label} longest={120} />,
    },
    {
      id: 'agent',
      header: 'Agent',
      width: 'minmax(100px, 1fr)',
      sortBy: ({ agent }) => agent,
      cell: ({ agent }) => (agent === null ? NOTHING : <ForeignText text={agent} longest={120} />),
    },
    { id: 'prefix', header: 'Key', width: '92px', cell: ({ prefix }) => <code>{prefix}…</code> },
    { id: 'state', header: 'State', phone: 'corner', width: '124px', cell: (key) => <KeyTag apiKey={key} /> },
    {
      id: 'scopes',
      header: 'May',
      width: 'minmax(150px, 1.3fr)',
      cell: ({ scopes }) => <span title={scopes.join(', ')}>{scopesText(scopes)}</span>,
    },
    {
      id: 'connections',
      header: 'Connections',
      width: 'minmax(112px, 1fr)',
      cell: ({ connections }) =>
        connections === null ? (
          'all'
        ) : (
          <ForeignText
            text={connections.map((id) => slugs.get(id) ?? 'a deleted one').join(', ')}
            longest={160}
          />
        ),
    },
    {
      id: 'used',
      header: 'Last used',
      width: '104px',
      sortBy: ({ lastUsedAt }) => lastUsedAt,
      cell: ({ lastUsedAt }) => <Time at={lastUsedAt} />,
    },
    {
      id: 'expires',
      header: 'Expires',
      width: '104px',
      sortBy: ({ expiresAt }) => expiresAt,
      cell: ({ expiresAt }) => <Time at={expiresAt} />,
    },
    ...(onRevoke === undefined
      ? []
      : [
          {
            id: 'revoke',
            header: '',
            width: '92px',
            align: 'end' as const,
            cell: (key: ApiKeyView) =>
              key.revokedAt === null && (
                <Button
                  variant="subtle"
                  color="red"
                  size="compact-sm"
                  aria-label={`Revoke ${visibleText(key.label, 80)}`}
                  onClick={() => onRevoke(key)}
                >
                  Revoke
                </Button>
              ),
          },
        ]),
  ];
}

function KeyTag({ apiKey }: { apiKey: ApiKeyView }) {
  const { word, tone } = keyState(apiKey, useNow());
  return <Tag tone={tone} icon={SHAPES[word]} word={word} />;
}

function scopesText(scopes: readonly string[]): string {
  if (scopes.includes('admin')) return 'everything';
  if (scopes.length === 1 && scopes[0] === 'mcp') return 'call tools';
  return scopes.length > 3 ? `${scopes.length} scopes` : scopes.join(', ');
}
