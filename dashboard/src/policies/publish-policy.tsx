import { Alert, Button, Group, List, Stack, Textarea } from '@mantine/core';
import type { PolicyView } from '@portcullis/contracts';
import { useState } from 'react';
import { ApiProblem } from '../api/problem.js';
import { Dialog } from '../pieces/dialog.js';
import { notice } from '../shell/notices.js';
import { ProblemAlert } from '../pieces/problem-alert.js';
import { DiffView } from './diff-view.js';
import { draftText, type PolicyDraft } from './policy-draft.js';
import { usePublish } from './policy-queries.js';

const CONFLICT = 'policy.version_conflict';

interface PublishPolicyProps {
  readonly opened: boolean;
  readonly onClose: () => void;
  readonly draft: PolicyDraft;
  /** The policy as it is in force; null for a new one. */
  readonly policy: PolicyView | null;
  /** Whether that is another's version, younger than what the draft began from. */
  readonly overtaken: boolean;
  /** Slug the new policy is for; null for the organization. */
  readonly connection: string | null;
  readonly onPublished: (policy: PolicyView) => void;
  readonly onConflict: (() => void) | undefined;
}

/** The last look before it counts: what changes, and why. */
export function PublishPolicy({ opened, onClose, ...rest }: PublishPolicyProps) {
  return (
    <Dialog
      opened={opened}
      onClose={onClose}
      size="xl"
      title={rest.policy === null ? 'Publish this policy' : `Publish version ${rest.policy.version + 1}`}
    >
      {opened && <PublishForm onClose={onClose} {...rest} />}
    </Dialog>
  );
}

function PublishForm({
  onClose,
  draft,
  policy,
  overtaken,
  connection,
  onPublished,
  onConflict,
}: Omit<PublishPolicyProps, 'opened'>) {
  const [note, setNote] = useState('');
  const publish = usePublish(policy, connection, ({ policy: published, propagating }) => {
    notice(
      propagating
        ? `Version ${published.version} is published and still on its way to some replicas.`
        : `Version ${published.version} is in force.`,
    );
    onPublished(published);
  });
  const warnings = draft.problems.filter(({ severity }) => severity === 'warning');
  const conflict = overtaken || (publish.error instanceof ApiProblem && publish.error.code === CONFLICT);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        publish.mutate(
          { yaml: draft.text, note: note.trim() },
          {
            onError: (error) => {
              if (error instanceof ApiProblem && error.code === CONFLICT) onConflict?.();
            },
          },
        );
      }}
    >
      <Stack>
        {conflict && (
          <Alert
            color="yellow"
            variant="light"
            role="alert"
            title={
              overtaken && policy !== null
                ? `Version ${policy.version} was published in the meantime`
                : 'Somebody published in the meantime'
            }
          >
            Your draft is kept. Below is what it would change of the version in force now, whatever the other
            change was.
          </Alert>
        )}
        {publish.isError && !conflict && <ProblemAlert error={publish.error} />}
        {warnings.length > 0 && (
          <Alert color="yellow" variant="light" title="Worth a second look">
            <List size="sm">
              {warnings.map(({ message, pointer }, index) => (
                <List.Item key={index}>
                  <code>{pointer}</code> {message}
                </List.Item>
              ))}
            </List>
          </Alert>
        )}
        <DiffView
          before={policy === null ? '' : draftText(policy.document)}
          after={draft.document ? draftText(draft.document) : draft.text}
          label="What changes"
        />
        <Textarea
          label="Note"
          description="Why, for whoever reads the versions later."
          maxLength={1000}
          data-autofocus
          value={note}
          onChange={(event) => setNote(event.currentTarget.value)}
        />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Go on editing
          </Button>
          <Button type="submit" loading={publish.isPending}>
            {overtaken && policy !== null ? `Publish over version ${policy.version}` : 'Publish'}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
