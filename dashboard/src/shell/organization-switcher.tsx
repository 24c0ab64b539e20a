import { Menu, UnstyledButton } from '@mantine/core';
import { IconCheck, IconPlus, IconSelector } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { ask } from '../api/ask.js';
import { useMe } from '../identity/me.js';
import { ForeignText } from '../pieces/foreign-text.js';
import { visibleText } from '../pieces/hostile-text.js';
import { CreateOrganization } from './create-organization.js';
import { reportProblem } from './notices.js';
import classes from './organization-switcher.module.css';

/** Which organization everything on the page is about, and the way to another. */
export function OrganizationSwitcher({ collapsed }: { collapsed: boolean }) {
  const me = useMe();
  const [creating, setCreating] = useState(false);
  const change = useMutation({
    mutationFn: (organizationId: string) =>
      ask<unknown>('POST', '/api/v1/auth/organization', { organizationId }),
    // Nothing on the page belongs to the new one: it is loaded anew, at its start.
    onSuccess: () => window.location.assign('/'),
    onError: reportProblem('The organization was not changed'),
  });
  const created = (organizationId: string) => {
    setCreating(false);
    change.mutate(organizationId);
  };
  return (
    <>
      <Menu position="bottom-start" width={240}>
        <Menu.Target>
          <UnstyledButton className={classes['button']}>
            <span className="visually-hidden">
              Organization {collapsed && visibleText(me.organization.name, 100)}
            </span>
            <span className={classes['mark']} aria-hidden>
              {[...me.organization.name][0]?.toUpperCase() ?? '?'}
            </span>
            {!collapsed && (
              <>
                <span className={classes['name']}>
                  <ForeignText text={me.organization.name} longest={100} />
                </span>
                <IconSelector size={15} aria-hidden />
              </>
            )}
          </UnstyledButton>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Label>Organizations</Menu.Label>
          {me.organizations.map(({ id, name, role }) => (
            <Menu.Item
              key={id}
              disabled={change.isPending}
              rightSection={
                id === me.organization.id ? (
                  <IconCheck size={14} aria-label="current" />
                ) : (
                  <span className={classes['role']}>{role}</span>
                )
              }
              onClick={() => id !== me.organization.id && change.mutate(id)}
            >
              <ForeignText text={name} longest={100} />
            </Menu.Item>
          ))}
          {me.mayCreateOrganizations && (
            <>
              <Menu.Divider />
              <Menu.Item leftSection={<IconPlus size={14} aria-hidden />} onClick={() => setCreating(true)}>
                Create organization
              </Menu.Item>
            </>
          )}
        </Menu.Dropdown>
      </Menu>
      <CreateOrganization opened={creating} onClose={() => setCreating(false)} onCreated={created} />
    </>
  );
}
