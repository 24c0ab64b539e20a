import { ActionIcon, Autocomplete, Button, Select, TextInput } from '@mantine/core';
import { IconPlus, IconX } from '@tabler/icons-react';
import { CONDITION_OPERATORS, type ConditionOperator, type Conditions } from '@portcullis/contracts';
import { ATTRIBUTES } from '@portcullis/policy-engine';
import { useState } from 'react';
import { conditionForm, conditionsOf, type ConditionRow } from './condition-rows.js';
import classes from './rule-form.module.css';
import { conditionTexts } from './rule-text.js';

const NAMES = ATTRIBUTES.map(({ name }) => name.replace(/\.\*$/, '.'));
const OPERATORS: { value: ConditionOperator; label: string }[] = CONDITION_OPERATORS.map((value) => ({
  value,
  label: value.replaceAll('_', ' '),
}));
const HINTS: Partial<Record<ConditionOperator, string>> = {
  in: 'a, b, c',
  not_in: 'a, b, c',
  exists: 'true',
  matches: '(?i)drop\\s+table',
  glob: 'prod-*',
};

/** Conditions that must all hold, a line each. `any` and `not` are written in YAML and shown here. */
export function ConditionFields({
  value,
  onChange,
}: {
  value: unknown;
  onChange: (conditions: Conditions | undefined) => void;
}) {
  const [form, setForm] = useState(() => conditionForm(value));
  const set = (rows: readonly ConditionRow[]) => {
    const next = { ...form, rows };
    setForm(next);
    onChange(conditionsOf({ ...next, rows: rows.filter(({ attribute }) => attribute.trim() !== '') }));
  };
  const change = (index: number, part: Partial<ConditionRow>) =>
    set(form.rows.map((row, at) => (at === index ? { ...row, ...part } : row)));
  return (
    <fieldset className={classes['conditions']}>
      <legend>Conditions</legend>
      {form.rows.map((row, index) => (
        <div key={index} className={classes['condition']}>
          <Autocomplete
            aria-label={`Attribute of condition ${index + 1}`}
            data={NAMES}
            placeholder="arguments.amount"
            value={row.attribute}
            onChange={(attribute) => change(index, { attribute })}
          />
          <Select
            aria-label={`Operator of condition ${index + 1}`}
            data={OPERATORS}
            value={row.operator}
            allowDeselect={false}
            onChange={(operator) => change(index, { operator: (operator ?? 'eq') as ConditionOperator })}
          />
          <TextInput
            className={classes['operand'] ?? ''}
            aria-label={`Value of condition ${index + 1}`}
            placeholder={HINTS[row.operator] ?? ''}
            value={row.operand}
            onChange={(event) => change(index, { operand: event.currentTarget.value })}
          />
          <ActionIcon
            aria-label={`Remove condition ${index + 1}`}
            onClick={() => set(form.rows.filter((_, at) => at !== index))}
          >
            <IconX size={15} />
          </ActionIcon>
        </div>
      ))}
      {Object.keys(form.nested).length > 0 && (
        <p className={classes['nested']}>
          and <code>{conditionTexts(form.nested).join(' and ')}</code>, which is changed in YAML
        </p>
      )}
      <Button
        variant="subtle"
        size="compact-sm"
        leftSection={<IconPlus size={14} />}
        onClick={() => set([...form.rows, { attribute: '', operator: 'eq', operand: '' }])}
      >
        Add a condition
      </Button>
    </fieldset>
  );
}
