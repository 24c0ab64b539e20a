import { ActionIcon, Drawer, Tooltip } from '@mantine/core';
import { useDisclosure, useLocalStorage, useMediaQuery } from '@mantine/hooks';
import {
  IconHandStop,
  IconLayoutSidebarLeftCollapse,
  IconLayoutSidebarLeftExpand,
  IconMenu2,
  IconSearch,
} from '@tabler/icons-react';
import { Outlet, useRouter } from '@tanstack/react-router';
import { FEATURES } from '../app/features.js';
import { CommandPalette } from '../commands/command-palette.js';
import { Keys, ShortcutList } from '../commands/shortcut-list.js';
import { useShortcutKeys, useShortcuts } from '../commands/use-shortcuts.js';
import { may, useMe } from '../identity/me.js';
import { KillSwitchHost } from '../kill-switch/kill-switch-host.js';
import { askToStop } from '../kill-switch/kill-switch-request.js';
import { Logo } from './logo.js';
import { OrganizationSwitcher } from './organization-switcher.js';
import { Rail } from './rail.js';
import { railGroups } from './rail-groups.js';
import classes from './shell.module.css';
import { StatusDot } from './status-dot.js';
import { FreshnessBanner } from './freshness-banner.js';
import { UserMenu } from './user-menu.js';

/** The frame around every page behind the sign-in. */
export function Shell() {
  const { scopes } = useMe();
  const router = useRouter();
  const narrow = useMediaQuery('(max-width: 48em)', window.matchMedia('(max-width: 48em)').matches) ?? false;
  const [collapsed, setCollapsed] = useLocalStorage({
    key: 'portcullis.rail-collapsed',
    defaultValue: false,
    getInitialValueInEffect: false,
  });
  const [menu, { open: openMenu, close: closeMenu }] = useDisclosure(false);
  const [palette, { open: openPalette, close: closePalette, toggle: togglePalette }] = useDisclosure(false);
  const groups = railGroups(FEATURES, (scope) => may(scopes, scope));
  const entries = groups.flatMap((group) => group.entries);

  useShortcutKeys();
  useShortcuts([
    { keys: 'mod+k', label: 'Command palette', group: 'Everywhere', always: true, run: togglePalette },
    { keys: '[', label: 'Fold the rail', group: 'Everywhere', run: () => setCollapsed((now) => !now) },
    ...entries.flatMap(({ key, label, to }) =>
      key === undefined
        ? []
        : [{ keys: `g ${key}`, label, group: 'Go to', run: () => router.history.push(to) }],
    ),
  ]);

  const commands = [
    ...entries.map(({ label, to, icon, key }) => ({
      id: `go-${to}`,
      title: `Go to ${label}`,
      icon,
      ...(key === undefined ? {} : { hint: `g ${key}` }),
      run: () => router.history.push(to),
    })),
    ...FEATURES.flatMap((feature) => feature.commands ?? []),
  ];
  const searches = FEATURES.flatMap((feature) => feature.searches ?? []);
  const rail = (folded: boolean) => (
    <>
      <div className={classes['top']}>
        <OrganizationSwitcher collapsed={folded} />
        <button
          type="button"
          className={classes['search']}
          onClick={openPalette}
          aria-label={folded ? 'Go to, find, do…' : undefined}
        >
          <IconSearch size={15} aria-hidden />
          {!folded && (
            <>
              <span>Go to, find, do…</span>
              <Keys keys="mod+k" />
            </>
          )}
        </button>
      </div>
      <Rail groups={groups} collapsed={folded} onGo={closeMenu} />
      <div className={classes['bottom']}>
        {may(scopes, 'kill-switches:write') && (
          <Tooltip label="Stop calls" position="right" disabled={!folded}>
            <button
              type="button"
              className={classes['stop']}
              aria-label={folded ? 'Stop calls' : undefined}
              onClick={() => {
                closeMenu();
                askToStop();
              }}
            >
              <IconHandStop size={17} stroke={1.7} aria-hidden />
              {!folded && (
                <>
                  <span>Stop calls</span>
                  <Keys keys="!" />
                </>
              )}
            </button>
          </Tooltip>
        )}
        <UserMenu collapsed={folded} />
        <StatusDot collapsed={folded} />
      </div>
    </>
  );

  return (
    <div className={classes['shell']} data-collapsed={collapsed || undefined}>
      <a href="#content" className={classes['skip']}>
        Skip to the content
      </a>
      {narrow ? (
        <nav className={classes['bar']} aria-label="Menu bar">
          <ActionIcon aria-label="Open the menu" onClick={openMenu} size="lg">
            <IconMenu2 size={20} />
          </ActionIcon>
          <Logo withName />
          <ActionIcon aria-label="Open the command palette" onClick={openPalette} size="lg">
            <IconSearch size={18} />
          </ActionIcon>
        </nav>
      ) : (
        <div className={classes['side']}>
          {rail(collapsed)}
          <Tooltip label={collapsed ? 'Unfold the rail' : 'Fold the rail'} position="right">
            <ActionIcon
              className={classes['fold']}
              size="sm"
              aria-label={collapsed ? 'Unfold the rail' : 'Fold the rail'}
              onClick={() => setCollapsed((now) => !now)}
            >
              {collapsed ? (
                <IconLayoutSidebarLeftExpand size={16} />
              ) : (
                <IconLayoutSidebarLeftCollapse size={16} />
              )}
            </ActionIcon>
          </Tooltip>
        </div>
      )}
      <Drawer.Root opened={narrow && menu} onClose={closeMenu} size={264} padding={0}>
        <Drawer.Overlay />
        <Drawer.Content aria-label="Menu">
          <div className={classes['drawer']}>{rail(false)}</div>
        </Drawer.Content>
      </Drawer.Root>
      <main id="content" tabIndex={-1} className={classes['content']}>
        <FreshnessBanner />
        <KillSwitchHost />
        <Outlet />
      </main>
      <CommandPalette opened={palette} onClose={closePalette} commands={commands} searches={searches} />
      <ShortcutList />
    </div>
  );
}
