import {
  Menu,
  SegmentedControl,
  UnstyledButton,
  useMantineColorScheme,
  type MantineColorScheme,
} from '@mantine/core';
import { IconLogout, IconUserCircle } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useMe } from '../identity/me.js';
import { useSignOut } from '../identity/sign-out.js';
import { ForeignText } from '../pieces/foreign-text.js';
import { visibleText } from '../pieces/hostile-text.js';
import { reportProblem } from './notices.js';
import classes from './status-dot.module.css';

const SCHEMES = [
  { value: 'auto', label: 'System' },
  { value: 'light', label: 'Light' },
  { value: 'dark', label: 'Dark' },
];

export function UserMenu({ collapsed }: { collapsed: boolean }) {
  const { user, role } = useMe();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const signOut = useSignOut();
  const name = user?.name || user?.email || 'API key';
  return (
    <Menu position="right-end" width={220} closeOnItemClick>
      <Menu.Target>
        <UnstyledButton className={classes['button']}>
          <span className="visually-hidden">Account {collapsed && visibleText(name, 60)}</span>
          <IconUserCircle size={17} stroke={1.7} aria-hidden />
          {!collapsed && <ForeignText text={name} longest={60} />}
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          <ForeignText text={user?.email ?? name} longest={100} />
          {role !== null && `, ${role}`}
        </Menu.Label>
        <Menu.Item component={Link} to="/account" leftSection={<IconUserCircle size={15} />}>
          Your account
        </Menu.Item>
        <Menu.Label>Appearance</Menu.Label>
        <SegmentedControl
          size="xs"
          fullWidth
          data={SCHEMES}
          value={colorScheme}
          aria-label="Colour scheme"
          onChange={(scheme) => setColorScheme(scheme as MantineColorScheme)}
        />
        <Menu.Divider />
        <Menu.Item
          leftSection={<IconLogout size={15} />}
          onClick={() => void signOut().catch(reportProblem('You are still signed in'))}
        >
          Sign out
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
