import { ActionIcon, Button, Menu, TextInput, UnstyledButton } from '@mantine/core';
import { IconArrowDown, IconArrowUp, IconCopy, IconDots, IconPlus, IconTrash } from '@tabler/icons-react';
import type { Rule } from '@portcullis/contracts';
import { visibleText } from '../pieces/hostile-text.js';
import { SortableList } from '../pieces/sortable-list.js';
import { EmptyState } from '../pieces/states.js';
import { useLinkKeys } from '../pieces/use-link-keys.js';
import {
  draftRules,
  withField,
  withoutRule,
  withRule,
  withRuleAdded,
  withRuleMoved,
  type DraftProblem,
  type PolicyDraft,
} from './policy-draft.js';
import classes from './policy-editor.module.css';
import { ProblemList } from './problem-list.js';
import { RuleForm } from './rule-form.js';
import { RuleLine } from './rule-line.js';

interface RuleListProps {
  readonly draft: PolicyDraft;
  readonly readOnly: boolean;
  /** Index of the rule that is open in fields; -1 for none. */
  readonly selected: number;
  readonly onSelect: (index: number) => void;
  readonly onChange: (text: string) => void;
}

const NEW_RULE = {
  name: 'new rule',
  target: { kind: 'mcp_tool', tool: '*' },
  action: 'deny',
} as const satisfies Rule;

/** The policy as an ordered list of rules, one of them open in fields. */
export function RuleList({ draft, readOnly, selected, onSelect, onChange }: RuleListProps) {
  useLinkKeys('[data-rule]');
  if (draft.value === undefined) {
    return (
      <EmptyState title="The YAML has a mistake">
        Mend it there first: fields cannot show what cannot be read.
        <ProblemList problems={draft.problems} text={draft.text} />
      </EmptyState>
    );
  }
  const rules = draftRules(draft);
  const add = (index: number, rule: Partial<Rule>) => {
    onChange(withRuleAdded(draft.text, index, rule));
    onSelect(index);
  };
  const move = (from: number, to: number) => {
    if (rules[from] === undefined || rules[to] === undefined) return;
    onChange(withRuleMoved(draft.text, from, to));
    if (selected === from) onSelect(to);
  };
  const general = draft.problems.filter(({ pointer }) => pointer === null || !pointer.startsWith('/rules/'));
  return (
    <div className={classes['rules']}>
      <TextInput
        label="Policy name"
        required
        maxLength={200}
        disabled={readOnly}
        value={typeof draft.value['name'] === 'string' ? draft.value['name'] : ''}
        onChange={(event) => onChange(withField(draft.text, 'name', event.currentTarget.value))}
      />
      <ProblemList problems={general} text={draft.text} />
      <SortableList
        label="Rules"
        items={rules}
        idOf={(_, index) => `rule-${index}`}
        nameOf={({ name }) => visibleText(name ?? 'rule', 80)}
        disabled={readOnly}
        onMove={move}
      >
        {(rule, index) => (
          <>
            <div className={classes['head']}>
              <UnstyledButton
                className={classes['open']}
                data-rule
                aria-expanded={index === selected}
                onClick={() => onSelect(index === selected ? -1 : index)}
              >
                <RuleLine
                  rule={{ ...NEW_RULE, name: '(no name)', ...rule, target: rule.target ?? NEW_RULE.target }}
                />
              </UnstyledButton>
              {!readOnly && (
                <RuleMenu
                  name={visibleText(rule.name ?? 'rule', 80)}
                  onUp={() => move(index, index - 1)}
                  onDown={() => move(index, index + 1)}
                  onCopy={() => add(index + 1, { ...rule, name: `${rule.name ?? 'rule'} (copy)` })}
                  onDelete={() => {
                    onChange(withoutRule(draft.text, index));
                    onSelect(-1);
                  }}
                />
              )}
            </div>
            <ProblemList problems={problemsOf(draft, index)} text={draft.text} />
            {index === selected && (
              <RuleForm
                key={index}
                rule={rule}
                disabled={readOnly}
                onChange={(changed) => onChange(withRule(draft.text, index, changed))}
              />
            )}
          </>
        )}
      </SortableList>
      {!readOnly && (
        <Button
          variant="default"
          leftSection={<IconPlus size={15} />}
          onClick={() => add(rules.length, NEW_RULE)}
        >
          Add a rule
        </Button>
      )}
    </div>
  );
}

function problemsOf({ problems }: PolicyDraft, index: number): DraftProblem[] {
  return problems.filter(
    ({ pointer }) => pointer === `/rules/${index}` || pointer?.startsWith(`/rules/${index}/`),
  );
}

interface RuleMenuProps {
  readonly name: string;
  readonly onUp: () => void;
  readonly onDown: () => void;
  readonly onCopy: () => void;
  readonly onDelete: () => void;
}

function RuleMenu({ name, onUp, onDown, onCopy, onDelete }: RuleMenuProps) {
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon aria-label={`More about ${name}`}>
          <IconDots size={16} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item leftSection={<IconArrowUp size={14} />} onClick={onUp}>
          Move up
        </Menu.Item>
        <Menu.Item leftSection={<IconArrowDown size={14} />} onClick={onDown}>
          Move down
        </Menu.Item>
        <Menu.Item leftSection={<IconCopy size={14} />} onClick={onCopy}>
          Duplicate
        </Menu.Item>
        <Menu.Divider />
        <Menu.Item color="red" leftSection={<IconTrash size={14} />} onClick={onDelete}>
          Delete
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
