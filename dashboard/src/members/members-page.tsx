import { Button, Select } from '@mantine/core';
import { IconUserPlus } from '@tabler/icons-react';
import { ROLES, type MemberView, type Role } from '@portcullis/contracts';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { allRows, api, dataOf } from '../api/client.js';
import { useFailure } from '../api/use-failure.js';
import { useMay, useMe } from '../identity/me.js';
import { Confirm } from '../pieces/confirm.js';
import { DataTable, type DataColumn } from '../pieces/data-table.js';
import { ForeignText } from '../pieces/foreign-text.js';
import { visibleText } from '../pieces/hostile-text.js';
import { Page } from '../pieces/page.js';
import { ErrorState, SkeletonRows } from '../pieces/states.js';
import { Time } from '../pieces/time.js';
import { notice, reportProblem } from '../shell/notices.js';
import { Invitations } from './invitations.js';
import { InviteMember } from './invite-member.js';
import { ROLE_MEANS } from './roles.js';

const route = getRouteApi('/signed-in/members');

export function MembersPage() {
  const { invite } = route.useSearch();
  const navigate = route.useNavigate();
  const mayWrite = useMay('members:write');
  const { user } = useMe();
  const queryClient = useQueryClient();
  const members = useQuery({
    queryKey: ['members'],
    queryFn: ({ signal }) =>
      allRows((cursor) => api.GET('/api/v1/members', { params: { query: { limit: 200, cursor } }, signal })),
  });
  const failure = useFailure(members);
  const [removing, setRemoving] = useState<MemberView>();
  const { mutate: changeRole } = useMutation({
    mutationFn: ({ id, role }: { id: string; role: Role }) =>
      dataOf(api.PATCH('/api/v1/members/{id}', { params: { path: { id } }, body: { role } })),
    onSuccess: ({ name, role }) => notice(`${name} is ${role} now.`),
    onError: reportProblem('The role was not changed'),
    onSettled: () => queryClient.invalidateQueries({ queryKey: ['members'] }),
  });
  const columns = useMemo(
    () =>
      columnsOf(
        user?.email,
        mayWrite ? { onRole: (id, role) => changeRole({ id, role }), onRemove: setRemoving } : undefined,
      ),
    [user?.email, mayWrite, changeRole],
  );
  const remove = async () => {
    if (removing === undefined) return;
    await dataOf(api.DELETE('/api/v1/members/{id}', { params: { path: { id: removing.id } } }));
    await queryClient.invalidateQueries({ queryKey: ['members'] });
    notice(`${removing.name} is no member any more.`);
  };
  const button = mayWrite && (
    <Button
      leftSection={<IconUserPlus size={15} />}
      onClick={() => void navigate({ search: { invite: 'yes' } })}
    >
      Invite member
    </Button>
  );
  return (
    <Page
      title="Members"
      lead="Who may look at this organization, and who may change it. Each change is in the audit history."
      actions={button}
    >
      {members.data === undefined && failure === null && <SkeletonRows head rows={4} height={46} />}
      {failure && <ErrorState what="Members" {...failure} />}
      {members.data && (
        <DataTable
          label="Members"
          columns={columns}
          rows={members.data}
          rowId={({ id }) => id}
          rowHeight={46}
        />
      )}
      {mayWrite && !members.isLoadingError && <Invitations />}
      <InviteMember opened={invite === 'yes' && mayWrite} onClose={() => void navigate({ search: {} })} />
      <Confirm
        opened={removing !== undefined}
        onClose={() => setRemoving(undefined)}
        title={`Remove ${removing?.name ?? ''}?`}
        action="Remove member"
        onConfirm={remove}
      >
        Their sign-ins for this organization end at once. API keys they made go on working until they are
        revoked.
      </Confirm>
    </Page>
  );
}

interface MemberActions {
  readonly onRole: (id: string, role: Role) => void;
  readonly onRemove: (member: MemberView) => void;
}

function columnsOf(own: string | undefined, actions: MemberActions | undefined): DataColumn<MemberView>[] {
  return [
    {
      id: 'name',
      header: 'Name',
      phone: 'title',
      width: 'minmax(140px, 1fr)',
      sortBy: ({ name }) => name,
      cell: ({ name, email }) => (
        <>
          <ForeignText text={name} longest={120} />
          {email === own && ' (you)'}
        </>
      ),
    },
    {
      id: 'email',
      header: 'Email',
      width: 'minmax(180px, 1.4fr)',
      sortBy: ({ email }) => email,
      cell: ({ email }) => <ForeignText text={email} longest={200} />,
    },
    {
      id: 'role',
      header: 'Role',
      width: '170px',
      sortBy: ({ role }) => ROLES.indexOf(role),
      cell: (member) =>
        actions === undefined ? (
          <span title={ROLE_MEANS[member.role]}>{member.role}</span>
        ) : (
          <Select
            aria-label={`Role of ${visibleText(member.name, 80)}`}
            data={[...ROLES]}
            value={member.role}
            allowDeselect={false}
            size="xs"
            onChange={(role) =>
              role !== null && role !== member.role && actions.onRole(member.id, role as Role)
            }
          />
        ),
    },
    {
      id: 'joined',
      header: 'Joined',
      width: '110px',
      sortBy: ({ joinedAt }) => joinedAt,
      cell: ({ joinedAt }) => <Time at={joinedAt} />,
    },
    ...(actions === undefined
      ? []
      : [
          {
            id: 'remove',
            header: '',
            width: '96px',
            align: 'end' as const,
            cell: (member: MemberView) => (
              <Button
                variant="subtle"
                color="red"
                size="compact-sm"
                aria-label={`Remove ${visibleText(member.name, 80)}`}
                onClick={() => actions.onRemove(member)}
              >
                Remove
              </Button>
            ),
          },
        ]),
  ];
}
