import { Select } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import { connectionsQuery } from '../connections/connection-queries.js';
import { Page } from '../pieces/page.js';
import { PolicyEditor } from './policy-editor.js';

const route = getRouteApi('/signed-in/policies/new');
const ORGANIZATION = 'The whole organization';

/** A beginning that is safe to publish: what destroys is denied, the rest falls to the rules after it. */
const BEGINNING = `version: 1
name: new policy
rules:
  - name: no destructive tools
    target: { kind: mcp_tool, tool: "{delete,drop,truncate,destroy,purge}_*" }
    action: deny
    message: Destructive tools are off.
`;

export function NewPolicyPage() {
  const { connection } = route.useSearch();
  const navigate = route.useNavigate();
  const connections = useQuery(connectionsQuery);
  const [view, setView] = useState<'form' | 'yaml'>('form');
  const choices = [ORGANIZATION, ...(connections.data?.map(({ slug }) => slug) ?? [])];
  return (
    <Page title="New policy" lead="A draft until it is published: nothing is in force before that." wide>
      <Select
        label="For"
        data={choices}
        value={connection ?? ORGANIZATION}
        allowDeselect={false}
        error={connections.isError && 'The connections could not be loaded.'}
        w={280}
        mb="md"
        onChange={(choice) =>
          void navigate({
            search: choice === null || choice === ORGANIZATION ? {} : { connection: choice },
            replace: true,
            ignoreBlocker: true,
          })
        }
      />
      <PolicyEditor
        policy={null}
        connection={connection ?? null}
        initialText={BEGINNING}
        view={view}
        onView={setView}
        onPublished={({ id }) =>
          void navigate({ to: '/policies/$policyId', params: { policyId: id }, ignoreBlocker: true })
        }
      />
    </Page>
  );
}
