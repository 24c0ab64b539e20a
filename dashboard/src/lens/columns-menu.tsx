import { ActionIcon, Button, Popover, TextInput, Tooltip } from '@mantine/core';
import { FIELDS, fieldByName, parseField } from '@portcullis/lens';
import { IconArrowUp, IconColumns3, IconX } from '@tabler/icons-react';
import { useState } from 'react';
import { ForeignText } from '../pieces/foreign-text.js';
import { visibleText } from '../pieces/hostile-text.js';
import classes from './columns-menu.module.css';
import { USUAL_COLUMNS, WHAT } from './rows-query.js';

const MOST = 24;

/** Which fields are columns, and in what order. */
export function ColumnsMenu({
  columns,
  onChange,
}: {
  readonly columns: readonly string[];
  readonly onChange: (columns: readonly string[] | null) => void;
}) {
  const [typed, setTyped] = useState('');
  const named = parseField(typed.trim());
  const known = named !== null && fieldByName(named.path[0] ?? '') !== undefined;
  const offered = [
    WHAT,
    ...FIELDS.filter(({ type }) => type !== 'json' && type !== 'map').map(({ name }) => name),
  ].filter((name) => !columns.includes(name) && name.includes(typed.trim()));
  const add = (name: string) => {
    onChange([...columns, name]);
    setTyped('');
  };
  return (
    <Popover position="bottom-end" shadow="md" trapFocus returnFocus width={280}>
      <Popover.Target>
        <Button variant="subtle" color="gray" size="xs" leftSection={<IconColumns3 size={14} aria-hidden />}>
          Columns
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <ul className={classes['chosen']} aria-label="Columns in order">
          {columns.map((name, index) => (
            <li key={name} className={classes['line']}>
              <span className={classes['name']}>
                <ForeignText text={name} />
              </span>
              {index > 0 && (
                <Tooltip label="Further left">
                  <ActionIcon
                    size="sm"
                    aria-label={`Move ${visibleText(name, 80)} further left`}
                    onClick={() =>
                      onChange(
                        columns.map((other, at) =>
                          at === index - 1 ? name : at === index ? (columns[index - 1] ?? other) : other,
                        ),
                      )
                    }
                  >
                    <IconArrowUp size={13} />
                  </ActionIcon>
                </Tooltip>
              )}
              {columns.length > 1 && (
                <Tooltip label="Remove">
                  <ActionIcon
                    size="sm"
                    aria-label={`Remove ${visibleText(name, 80)}`}
                    onClick={() => onChange(columns.filter((other) => other !== name))}
                  >
                    <IconX size={13} />
                  </ActionIcon>
                </Tooltip>
              )}
            </li>
          ))}
        </ul>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            if (known && columns.length < MOST && !columns.includes(typed.trim())) add(typed.trim());
          }}
        >
          <TextInput
            aria-label="Add a column"
            placeholder="Add a field, such as args.path"
            value={typed}
            onChange={(event) => setTyped(event.currentTarget.value)}
          />
        </form>
        <div className={classes['offered']}>
          {columns.length < MOST &&
            offered.slice(0, 12).map((name) => (
              <Button key={name} size="compact-xs" variant="light" color="gray" onClick={() => add(name)}>
                {name}
              </Button>
            ))}
        </div>
        <Button
          size="compact-xs"
          variant="subtle"
          mt={8}
          disabled={columns === USUAL_COLUMNS}
          onClick={() => onChange(null)}
        >
          The usual columns
        </Button>
      </Popover.Dropdown>
    </Popover>
  );
}
