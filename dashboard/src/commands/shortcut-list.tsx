import { Kbd } from '@mantine/core';
import { useState, useSyncExternalStore } from 'react';
import { Dialog } from '../pieces/dialog.js';
import classes from './shortcut-list.module.css';
import { shortcuts, useShortcuts } from './use-shortcuts.js';

const NAMES: Record<string, string> = {
  mod: isApple() ? '⌘' : 'Ctrl',
  alt: 'Alt',
  shift: 'Shift',
  ArrowUp: '↑',
  ArrowDown: '↓',
  Escape: 'Esc',
};

/** `?`: everything the keyboard can do on the page that is open. */
export function ShortcutList() {
  const [opened, setOpened] = useState(false);
  useShortcuts([
    { keys: '?', label: 'Show the shortcuts', group: 'Everywhere', run: () => setOpened((now) => !now) },
  ]);
  return (
    <Dialog opened={opened} onClose={() => setOpened(false)} title="Keyboard shortcuts" size="lg">
      {opened && <Groups />}
    </Dialog>
  );
}

function Groups() {
  const all = useSyncExternalStore(shortcuts.subscribe, shortcuts.all);
  const known = new Map(all.map((shortcut) => [`${shortcut.group} ${shortcut.keys}`, shortcut]));
  const groups = Map.groupBy(known.values(), ({ group }) => group);
  return (
    <div className={classes['groups']}>
      {[...groups].map(([group, members]) => (
        <section key={group}>
          <h3 className={classes['heading']}>{group}</h3>
          <dl className={classes['list']}>
            {[...Map.groupBy(members, ({ label }) => label)].map(([label, same]) => (
              <div key={label} className={classes['line']}>
                <dt>{label}</dt>
                <dd className={classes['ways']}>
                  {same.map(({ keys }) => (
                    <Keys key={keys} keys={keys} />
                  ))}
                </dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
    </div>
  );
}

/** `g l` and `mod+k` as keycaps. */
export function Keys({ keys }: { keys: string }) {
  return (
    <span className={classes['keys']}>
      {keys.split(' ').map((press, index) => (
        <span key={index} className={classes['keys']}>
          {press.split('+').map((key) => (
            <Kbd key={key} size="xs">
              {NAMES[key] ?? (key.length === 1 ? key.toUpperCase() : key)}
            </Kbd>
          ))}
        </span>
      ))}
    </span>
  );
}

function isApple(): boolean {
  return typeof navigator !== 'undefined' && /Mac|iPhone|iPad/.test(navigator.userAgent);
}
