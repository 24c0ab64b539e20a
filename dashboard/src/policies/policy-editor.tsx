import { Alert, Button, SegmentedControl } from '@mantine/core';
import type { PolicyView, Rule } from '@portcullis/contracts';
import { useBlocker } from '@tanstack/react-router';
import { useDeferredValue, useMemo, useState } from 'react';
import { useShortcuts } from '../commands/use-shortcuts.js';
import { useDraft, type Storing } from '../identity/drafts.js';
import { useMay } from '../identity/me.js';
import { draftText, readDraft, ruleAt } from './policy-draft.js';
import classes from './policy-editor.module.css';
import { ProblemList } from './problem-list.js';
import { PublishPolicy } from './publish-policy.js';
import { RuleList } from './rule-list.js';
import { RulePreview } from './rule-preview.js';
import { SimulateCall } from './simulate-call.js';
import { YamlEditor } from './yaml-editor.js';

interface PolicyEditorProps {
  /** The policy as it is in force; null for a new one. */
  readonly policy: PolicyView | null;
  /** Slug it is for; null for the organization. */
  readonly connection: string | null;
  readonly initialText?: string;
  /** Index of the rule that is open at first. */
  readonly initialRule?: number | undefined;
  readonly view: 'form' | 'yaml';
  readonly onView: (view: 'form' | 'yaml') => void;
  readonly onPublished: (policy: PolicyView) => void;
  /** Asks for the policy as it is in force now: somebody else published. */
  readonly onConflict?: () => void;
}

interface EditorState {
  /** What the draft began from. It stays when somebody else publishes: a draft is never lost to another's change. */
  readonly base: PolicyView | null;
  readonly inForce: string;
  readonly text: string;
  /** Index of the rule that is open; -1 for none. */
  readonly selected: number;
}

/** A policy holds no secret: a draft of one outlasts a reload of the page. */
const STORING: Storing<EditorState> = {
  write: (state) => (state.text === state.inForce ? undefined : state),
  read: (stored) => {
    const { base, inForce, text, selected } = stored as Partial<EditorState>;
    const sound =
      typeof text === 'string' &&
      typeof inForce === 'string' &&
      typeof selected === 'number' &&
      (base === null || typeof base?.version === 'number');
    return sound ? { base, inForce, text, selected } : undefined;
  },
};

function beginningOf(policy: PolicyView | null, text = ''): Omit<EditorState, 'selected'> {
  const inForce = policy === null ? text : draftText(policy.document);
  return { base: policy, inForce, text: inForce };
}

/** Rules in fields and as YAML over one text, what they would have done beside them. */
export function PolicyEditor({
  policy,
  connection,
  initialText,
  initialRule,
  view,
  onView,
  onPublished,
  onConflict,
}: PolicyEditorProps) {
  const [{ base, inForce, text, selected }, setState] = useDraft<EditorState>(
    `policy ${policy?.id ?? 'new'}`,
    () => ({ ...beginningOf(policy, initialText), selected: initialRule ?? -1 }),
    STORING,
  );
  const setText = (next: string) => setState((before) => ({ ...before, text: next }));
  const setSelected = (next: number) => setState((before) => ({ ...before, selected: next }));
  const [publishing, setPublishing] = useState(false);
  const mayWrite = useMay('policies:write');
  const shown = useDeferredValue(text);
  const draft = useMemo(() => readDraft(shown), [shown]);
  const dirty = text !== inForce;
  const overtaken = policy !== null && base !== null && policy.version > base.version;
  // Just published here, the list may not have come anew.
  const newest = policy !== null && base !== null && base.version > policy.version ? base : policy;
  const beginFrom = (current: PolicyView) => setState({ ...beginningOf(current), selected: -1 });
  if (overtaken && !dirty) beginFrom(policy);
  const publishable =
    mayWrite && draft.document !== undefined && shown === text && (dirty || policy === null);
  const rule: Rule | undefined = draft.document?.rules[selected];

  useBlocker({
    shouldBlockFn: ({ current, next }) =>
      dirty &&
      current.pathname !== next.pathname &&
      !window.confirm('Leave without publishing? Your changes are lost.'),
    enableBeforeUnload: () => dirty,
    disabled: !dirty,
  });
  useShortcuts([
    {
      keys: 'mod+s',
      label: 'Publish',
      group: 'Policy',
      always: true,
      run: () => publishable && setPublishing(true),
    },
  ]);

  return (
    <>
      <div className={classes['bar']}>
        <SegmentedControl
          size="xs"
          aria-label="Editor"
          value={view}
          onChange={(next) => onView(next as 'form' | 'yaml')}
          data={[
            { value: 'form', label: 'Form' },
            { value: 'yaml', label: 'YAML' },
          ]}
        />
        {dirty && <span className={classes['quiet']}>Not published yet</span>}
        <span className={classes['bar']}>
          {dirty && (
            <Button
              variant="subtle"
              color="gray"
              onClick={() => {
                if (overtaken) beginFrom(policy);
                else setText(inForce);
                setSelected(-1);
              }}
            >
              Discard
            </Button>
          )}
          {mayWrite && (
            <Button disabled={!publishable} onClick={() => setPublishing(true)}>
              Publish…
            </Button>
          )}
        </span>
      </div>
      {overtaken && dirty && (
        <Alert
          color="yellow"
          variant="light"
          role="alert"
          mb="sm"
          title={`Version ${policy.version} was published in the meantime`}
        >
          Your draft is kept. <em>Publish…</em> shows what it would change of that version, <em>Discard</em>{' '}
          goes on from it, <em>Versions</em> says who published it.
        </Alert>
      )}
      <div className={classes['layout']}>
        <div>
          {view === 'form' ? (
            <RuleList
              draft={draft}
              readOnly={!mayWrite}
              selected={selected}
              onSelect={setSelected}
              onChange={setText}
            />
          ) : (
            <>
              <YamlEditor
                text={text}
                problems={shown === text ? draft.problems : []}
                readOnly={!mayWrite}
                onChange={setText}
                onCursor={(offset) => setSelected(ruleAt(text, offset))}
              />
              <ProblemList problems={draft.problems} text={shown} />
            </>
          )}
        </div>
        <div className={classes['aside']}>
          <RulePreview rule={rule} connection={connection} timeZone={draft.document?.timeZone} />
          <SimulateCall draft={policy !== null && !dirty ? undefined : draft} connection={connection} />
        </div>
      </div>
      <PublishPolicy
        opened={publishing}
        onClose={() => setPublishing(false)}
        draft={draft}
        policy={newest}
        overtaken={overtaken}
        connection={connection}
        onConflict={onConflict}
        onPublished={(published) => {
          setPublishing(false);
          beginFrom(published);
          onPublished(published);
        }}
      />
    </>
  );
}
