import { Button, Popover, Select, TextInput } from '@mantine/core';
import { IconCalendarTime, IconChevronDown } from '@tabler/icons-react';
import { useState } from 'react';
import { chooseTimeZone, chosenTimeZone, systemTimeZone } from '../pieces/time-zone.js';
import classes from './time-picker.module.css';
import {
  instantOf,
  instantOfWallTime,
  rangeLabel,
  RELATIVE_RANGES,
  wallTime,
  type TimeChoice,
} from './time-range.js';

export interface TimePickerProps {
  readonly choice: TimeChoice;
  readonly zone: string;
  readonly onChoose: (choice: TimeChoice) => void;
}

const MACHINE = 'machine';

/** Of what time: the last so long, or from one moment to another, in the zone the person reads times in. */
export function TimePicker({ choice, zone, onChoose }: TimePickerProps) {
  const [open, setOpen] = useState(false);
  const choose = (chosen: TimeChoice) => {
    setOpen(false);
    onChoose(chosen);
  };
  return (
    <Popover opened={open} onChange={setOpen} position="bottom-end" shadow="md" trapFocus returnFocus>
      <Popover.Target>
        <Button
          variant="default"
          className={classes['button']}
          leftSection={<IconCalendarTime size={15} aria-hidden />}
          rightSection={<IconChevronDown size={13} aria-hidden />}
          aria-label={`Time: ${rangeLabel(choice, zone)}`}
          onClick={() => setOpen(!open)}
        >
          {rangeLabel(choice, zone)}
        </Button>
      </Popover.Target>
      <Popover.Dropdown className={classes['dropdown']}>
        <div className={classes['relative']}>
          {RELATIVE_RANGES.map((from) => (
            <Button
              key={from}
              variant={choice.from === from && choice.to === 'now' ? 'light' : 'subtle'}
              color={choice.from === from ? undefined : 'gray'}
              justify="flex-start"
              onClick={() => choose({ from, to: 'now' })}
            >
              {rangeLabel({ from, to: 'now' }, zone)}
            </Button>
          ))}
        </div>
        <AbsoluteTime key={`${zone} ${open}`} choice={choice} zone={zone} onChoose={choose} />
      </Popover.Dropdown>
    </Popover>
  );
}

function AbsoluteTime({ choice, zone, onChoose }: TimePickerProps) {
  const [now] = useState(() => Date.now());
  const [from, setFrom] = useState(() => wallTime(instantOf(choice.from, now) ?? now, zone));
  const [to, setTo] = useState(() => wallTime(instantOf(choice.to, now) ?? now, zone));
  const [start, end] = [instantOfWallTime(from, zone), instantOfWallTime(to, zone)];
  const mistake =
    start === null || end === null
      ? 'Both times are needed.'
      : start >= end
        ? 'The first time must be before the second.'
        : null;
  const chosen = chosenTimeZone();
  return (
    <form
      className={classes['absolute']}
      onSubmit={(event) => {
        event.preventDefault();
        if (start !== null && end !== null && mistake === null)
          onChoose({ from: new Date(start).toISOString(), to: new Date(end).toISOString() });
      }}
    >
      <TextInput
        label="From"
        type="datetime-local"
        step={1}
        value={from}
        onChange={(event) => setFrom(event.currentTarget.value)}
      />
      <TextInput
        label="To"
        type="datetime-local"
        step={1}
        value={to}
        error={mistake}
        onChange={(event) => setTo(event.currentTarget.value)}
      />
      <Select
        label="Zone"
        searchable
        allowDeselect={false}
        comboboxProps={{ withinPortal: false }}
        data={[
          { value: MACHINE, label: `This machine (${systemTimeZone()})` },
          { value: 'UTC', label: 'UTC' },
          ...Intl.supportedValuesOf('timeZone').filter((name) => name !== 'UTC'),
        ]}
        value={chosen ?? MACHINE}
        onChange={(value) => value !== null && chooseTimeZone(value === MACHINE ? null : value)}
      />
      <Button type="submit" disabled={mistake !== null}>
        Show this time
      </Button>
    </form>
  );
}
