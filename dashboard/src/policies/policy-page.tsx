import { Button, Menu, Tabs } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconCircleCheck, IconCircleOff, IconDots } from '@tabler/icons-react';
import type { PolicyView } from '@portcullis/contracts';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useFailure } from '../api/use-failure.js';
import { useMay } from '../identity/me.js';
import { Confirm } from '../pieces/confirm.js';
import { ForeignText } from '../pieces/foreign-text.js';
import { HeadingSkeleton, Page } from '../pieces/page.js';
import { ErrorState, SkeletonRows } from '../pieces/states.js';
import { Tag } from '../pieces/tag.js';
import { Time } from '../pieces/time.js';
import { notice, reportProblem } from '../shell/notices.js';
import { PolicyEditor } from './policy-editor.js';
import { policyQuery, useDeletePolicy, useSetActive } from './policy-queries.js';
import { PolicyVersions } from './policy-versions.js';

const route = getRouteApi('/signed-in/policies/$policyId');

export function PolicyPage() {
  const { policyId } = route.useParams();
  const { tab, view, rule } = route.useSearch();
  const navigate = route.useNavigate();
  const policy = useQuery(policyQuery(policyId));
  const failure = useFailure(policy);
  const { data } = policy;
  if (failure) {
    return (
      <Page title="Policy">
        <ErrorState title="This policy could not be shown" {...failure} />
      </Page>
    );
  }
  if (data === undefined) {
    return (
      <Page title="Policy" heading={<HeadingSkeleton word="Policy" />} wide>
        <SkeletonRows height={52} />
      </Page>
    );
  }
  const lead = (
    <>
      {data.connection === null ? (
        'For the whole organization'
      ) : (
        <>
          For the connection{' '}
          <Link to="/connections/$slug" params={{ slug: data.connection }} search={{ tab: 'rules' }}>
            <ForeignText text={data.connection} mono />
          </Link>
        </>
      )}
      , version {data.version}, changed <Time at={data.updatedAt} />
    </>
  );
  const heading = (
    <>
      <ForeignText text={data.name} longest={200} />{' '}
      {data.active ? (
        <Tag tone="allow" icon={IconCircleCheck} word="in force" />
      ) : (
        <Tag tone="neutral" icon={IconCircleOff} word="off" />
      )}
    </>
  );
  return (
    <Page title={data.name} heading={heading} lead={lead} wide actions={<PolicyActions policy={data} />}>
      <Tabs
        keepMountedMode="display-none"
        value={tab ?? 'rules'}
        onChange={(next) =>
          void navigate({
            search: {
              ...(next === 'versions' ? { tab: 'versions' } : {}),
              ...(view === undefined ? {} : { view }),
            },
          })
        }
      >
        <Tabs.List mb="md">
          <Tabs.Tab value="rules">Rules</Tabs.Tab>
          <Tabs.Tab value="versions">Versions</Tabs.Tab>
        </Tabs.List>
        {/* Stays while the versions are looked at: so does the draft, and the question before it is left. */}
        <Tabs.Panel value="rules" keepMounted>
          <PolicyEditor
            key={data.id}
            policy={data}
            connection={data.connection}
            view={view ?? 'form'}
            initialRule={rule}
            onView={(next) =>
              void navigate({
                search: next === 'yaml' ? { view: 'yaml' } : {},
                replace: true,
                ignoreBlocker: true,
              })
            }
            onPublished={() => void policy.refetch()}
            onConflict={() => void policy.refetch()}
          />
        </Tabs.Panel>
        <Tabs.Panel value="versions">
          <PolicyVersions policy={data} />
        </Tabs.Panel>
      </Tabs>
    </Page>
  );
}

function PolicyActions({ policy }: { policy: PolicyView }) {
  const mayWrite = useMay('policies:write');
  const setActive = useSetActive(policy.id);
  const remove = useDeletePolicy(policy.id);
  const navigate = route.useNavigate();
  const [asking, { open, close }] = useDisclosure(false);
  if (!mayWrite) return null;
  const confirmed = async () => {
    await remove.mutateAsync();
    notice(`${policy.name} was deleted.`);
    await navigate({ to: '/policies' });
  };
  return (
    <>
      <Menu position="bottom-end">
        <Menu.Target>
          <Button variant="default" rightSection={<IconDots size={15} />}>
            More
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item
            onClick={() =>
              setActive.mutate(!policy.active, { onError: reportProblem('The policy was not changed') })
            }
          >
            {policy.active ? 'Take out of force' : 'Put in force'}
          </Menu.Item>
          <Menu.Item color="red" onClick={open}>
            Delete policy
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <Confirm
        opened={asking}
        onClose={close}
        title={`Delete ${policy.name}?`}
        action="Delete policy"
        onConfirm={confirmed}
      >
        Its {policy.document.rules.length} rules stop deciding at once: calls they allowed fall to the rules
        after them, or to the default. Its versions stay in the audit history.
      </Confirm>
    </>
  );
}
