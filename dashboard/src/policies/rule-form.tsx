import {
  Collapse,
  NumberInput,
  SegmentedControl,
  Select,
  TagsInput,
  TextInput,
  Textarea,
  UnstyledButton,
} from '@mantine/core';
import { IconChevronDown, IconChevronRight } from '@tabler/icons-react';
import { RULE_ACTIONS, type Rule, type RuleAction, type RuleTarget } from '@portcullis/contracts';
import { useState } from 'react';
import { ConditionFields } from './condition-fields.js';
import { DurationField } from './duration-field.js';
import classes from './rule-form.module.css';
import { targetPattern } from './rule-text.js';
import { targetOf } from './rule-target.js';

const KINDS: { value: RuleTarget['kind']; label: string }[] = [
  { value: 'mcp_tool', label: 'Tool' },
  { value: 'mcp_resource', label: 'Resource' },
  { value: 'mcp_prompt', label: 'Prompt' },
  { value: 'mcp_method', label: 'Method' },
];
const SEVERITIES = ['low', 'medium', 'high', 'critical'];
const LIMIT_KEYS = ['user', 'key', 'session', 'connection', 'tool', 'organization'];
const MEANS: Record<RuleAction, string> = {
  allow: 'The call goes through.',
  deny: 'The call is refused, and the agent is told why.',
  alert: 'The call goes through and raises an alert.',
  hold: 'The call waits until a person approves it.',
  redact: 'The call goes through with parts taken out.',
};

interface RuleFormProps {
  readonly rule: Partial<Rule>;
  readonly onChange: (rule: Partial<Rule>) => void;
  readonly disabled: boolean;
}

/** One rule in fields. Every change goes into the text at once: the form holds nothing of its own but half-typed lines. */
export function RuleForm({ rule, onChange, disabled }: RuleFormProps) {
  const [more, setMore] = useState(
    rule.limit !== undefined || rule.redact !== undefined || rule.timeout !== undefined,
  );
  const set = (change: Partial<Record<keyof Rule, unknown>>) =>
    onChange(withoutEmpty({ ...rule, ...change }));
  const target = rule.target ?? { kind: 'mcp_tool', tool: '*' };
  return (
    <fieldset className={classes['form']} disabled={disabled} aria-label="Rule">
      <TextInput
        label="Name"
        required
        maxLength={200}
        value={rule.name ?? ''}
        onChange={(event) => onChange({ ...rule, name: event.currentTarget.value })}
      />
      <div>
        <div className={classes['label']} id="rule-action">
          Action
        </div>
        <SegmentedControl
          data={[...RULE_ACTIONS]}
          value={rule.action ?? ''}
          disabled={disabled}
          onChange={(action) => set({ action })}
          aria-labelledby="rule-action"
        />
        <div className={classes['hint']}>{rule.action !== undefined && MEANS[rule.action]}</div>
      </div>
      <div className={classes['target']}>
        <Select
          label="Applies to"
          data={KINDS}
          value={target.kind}
          allowDeselect={false}
          onChange={(kind) =>
            set({ target: targetOf((kind ?? 'mcp_tool') as RuleTarget['kind'], targetPattern(target)) })
          }
        />
        <TextInput
          label="Pattern"
          placeholder="{delete,drop}_*"
          value={targetPattern(target)}
          maxLength={512}
          classNames={{ input: classes['mono'] ?? '' }}
          onChange={(event) => set({ target: targetOf(target.kind, event.currentTarget.value) })}
        />
      </div>
      <ConditionFields value={rule.conditions} onChange={(conditions) => set({ conditions })} />
      {(rule.action === 'deny' || rule.message !== undefined) && (
        <Textarea
          label="What the agent is told"
          placeholder="Destructive tools are off; ask #data-platform."
          maxLength={1000}
          value={rule.message ?? ''}
          onChange={(event) => set({ message: event.currentTarget.value })}
        />
      )}
      {rule.action === 'alert' && (
        <Select
          label="Severity"
          data={SEVERITIES}
          value={rule.severity ?? null}
          clearable
          placeholder="medium"
          onChange={(severity) => set({ severity: severity ?? undefined })}
        />
      )}
      {(rule.action === 'redact' || rule.redact !== undefined) && (
        <div className={classes['target']}>
          <TagsInput
            label="Redact arguments"
            placeholder="/card"
            value={rule.redact?.arguments ?? []}
            onChange={(paths) => set({ redact: redactOf(paths, rule.redact?.result) })}
          />
          <TagsInput
            label="Redact from results"
            placeholder="pii.email"
            value={rule.redact?.result ?? []}
            onChange={(kinds) => set({ redact: redactOf(rule.redact?.arguments, kinds) })}
          />
        </div>
      )}
      <UnstyledButton className={classes['more']} aria-expanded={more} onClick={() => setMore(!more)}>
        {more ? <IconChevronDown size={14} /> : <IconChevronRight size={14} />} Rate limit, time, audit
      </UnstyledButton>
      <Collapse expanded={more}>
        <div className={classes['limits']}>
          <NumberInput
            label="At most calls"
            min={1}
            max={10_000_000}
            allowDecimal={false}
            value={rule.limit?.calls ?? ''}
            onChange={(calls) =>
              set({
                limit:
                  typeof calls === 'number' ? { per: '1m', key: ['key'], ...rule.limit, calls } : undefined,
              })
            }
          />
          <DurationField
            label="Per"
            value={rule.limit?.per}
            placeholder="1m"
            disabled={rule.limit === undefined}
            onChange={(per) => rule.limit && set({ limit: { ...rule.limit, per: per ?? '1m' } })}
          />
          <TagsInput
            label="For each"
            data={LIMIT_KEYS}
            maxTags={4}
            disabled={rule.limit === undefined}
            value={rule.limit?.key ?? []}
            onChange={(key) => rule.limit && set({ limit: { ...rule.limit, key } })}
          />
          <DurationField
            label="May take at most"
            value={rule.timeout}
            placeholder="10m"
            onChange={(timeout) => set({ timeout })}
          />
          <Select
            label="Audit"
            data={['strict', 'buffered', 'best-effort']}
            value={rule.audit ?? null}
            placeholder="buffered"
            clearable
            onChange={(audit) => set({ audit: audit ?? undefined })}
          />
        </div>
      </Collapse>
    </fieldset>
  );
}

function redactOf(args: string[] | undefined, result: string[] | undefined): Rule['redact'] {
  const redact = withoutEmpty({
    arguments: args?.length ? args : undefined,
    result: result?.length ? result : undefined,
  });
  return Object.keys(redact).length === 0 ? undefined : redact;
}

/** Fields that say nothing are left out of the text. */
function withoutEmpty(rule: Record<string, unknown>): Record<string, never> {
  return Object.fromEntries(
    Object.entries(rule).filter(([, value]) => value !== undefined && value !== ''),
  ) as Record<string, never>;
}
