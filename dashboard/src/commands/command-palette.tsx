import { Modal } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { useId, useState, type KeyboardEvent } from 'react';
import type { Command, CommandContext, CommandSearch } from '../app/feature.js';
import { may, useMe } from '../identity/me.js';
import { visibleText } from '../pieces/hostile-text.js';
import classes from './command-palette.module.css';
import { matchCommands } from './match-commands.js';

const MOST_SHOWN = 30;

interface PaletteProps {
  readonly opened: boolean;
  readonly onClose: () => void;
  readonly commands: readonly Command[];
  readonly searches: readonly CommandSearch[];
}

/** Ctrl-K: go anywhere, find anything, start anything, without the mouse. */
export function CommandPalette({ opened, onClose, ...rest }: PaletteProps) {
  return (
    <Modal.Root opened={opened} onClose={onClose} padding={0} size={620} yOffset="12vh" centered={false}>
      <Modal.Overlay />
      <Modal.Content aria-label="Command palette">
        {opened && <Palette onClose={onClose} {...rest} />}
      </Modal.Content>
    </Modal.Root>
  );
}

function Palette({ onClose, commands, searches }: Omit<PaletteProps, 'opened'>) {
  const [text, setText] = useState('');
  const [index, setIndex] = useState(0);
  const listId = useId();
  const context = useCommandContext();
  const allowed = commands.filter(({ scope }) => scope === undefined || context.may(scope));
  const found = useFound(searches, text.trim(), context);
  const groups = [
    { group: 'Commands', commands: matchCommands(allowed, text).slice(0, MOST_SHOWN) },
    ...found.filter(({ last }) => !last),
    ...found.filter(({ last }) => last),
  ].filter((group) => group.commands.length > 0);
  const lines = groups.flatMap((group) => group.commands);
  const current = Math.min(index, lines.length - 1);

  const run = (command: Command | undefined) => {
    if (command === undefined) return;
    onClose();
    command.run(context);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined) setIndex((current + step + lines.length) % Math.max(1, lines.length));
    else if (event.key === 'Enter') run(lines[current]);
    else return;
    event.preventDefault();
  };

  return (
    <div onKeyDown={onKeyDown}>
      <div className={classes['bar']}>
        <IconSearch size={16} aria-hidden />
        <input
          className={classes['input']}
          role="combobox"
          aria-label="Search commands, connections, traces"
          aria-expanded
          aria-controls={listId}
          aria-activedescendant={lines[current] ? `${listId}-${current}` : undefined}
          placeholder="Go to, find, do…"
          data-autofocus
          autoFocus
          value={text}
          spellCheck={false}
          autoComplete="off"
          onChange={(event) => {
            setText(event.currentTarget.value);
            setIndex(0);
          }}
        />
      </div>
      <div id={listId} role="listbox" aria-label="Results" className={classes['list']}>
        {groups.map((group) => (
          <div key={group.group} role="group" aria-label={group.group}>
            <div className={classes['group']} aria-hidden>
              {group.group}
            </div>
            {group.commands.map((command) => {
              const at = lines.indexOf(command);
              return (
                <Line
                  key={command.id}
                  id={`${listId}-${at}`}
                  command={command}
                  current={at === current}
                  onPoint={() => setIndex(at)}
                  onRun={() => run(command)}
                />
              );
            })}
          </div>
        ))}
      </div>
      {lines.length === 0 && <p className={classes['none']}>Nothing is called so.</p>}
    </div>
  );
}

interface LineProps {
  readonly id: string;
  readonly command: Command;
  readonly current: boolean;
  readonly onPoint: () => void;
  readonly onRun: () => void;
}

function Line({ id, command: { title, hint, icon: Shape }, current, onPoint, onRun }: LineProps) {
  return (
    <div
      id={id}
      role="option"
      aria-selected={current}
      className={classes['line']}
      onMouseMove={onPoint}
      onClick={onRun}
      ref={(line) => {
        if (current) line?.scrollIntoView({ block: 'nearest' });
      }}
    >
      {Shape ? <Shape size={16} aria-hidden /> : <span className={classes['blank']} />}
      <span className={classes['title']}>{visibleText(title, 200)}</span>
      {hint !== undefined && <span className={classes['hint']}>{visibleText(hint, 200)}</span>}
    </div>
  );
}

function useCommandContext(): CommandContext {
  const router = useRouter();
  const queryClient = useQueryClient();
  const { scopes } = useMe();
  return { go: (href) => router.history.push(href), queryClient, may: (scope) => may(scopes, scope) };
}

function useFound(searches: readonly CommandSearch[], text: string, context: CommandContext) {
  const usable = searches.filter(({ scope }) => scope === undefined || context.may(scope));
  const { data } = useQuery({
    queryKey: ['command-palette', text],
    enabled: text.length >= 2,
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) =>
      Promise.all(
        usable.map(async ({ group, search, last = false }) => ({
          group,
          last,
          // One search that fails must not take the others with it.
          commands: await Promise.resolve(search(text, context, signal)).catch(() => []),
        })),
      ),
  });
  return text.length >= 2 ? (data ?? []) : [];
}
