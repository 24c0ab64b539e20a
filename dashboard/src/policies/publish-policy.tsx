import { Alert, Button, Group, List, Modal, Stack, Textarea } from '@mantine/core';
import type { PolicyView } from '@portcullis/contracts';
import { useState } from 'react';
import { ApiProblem, messageOf } from '../api/problem.js';
import { notice } from '../shell/notices.js';
import { DiffView } from './diff-view.js';
import { draftText, type PolicyDraft } from './policy-draft.js';
import { usePublish } from './policy-queries.js';

interface PublishPolicyProps {
  readonly opened: boolean;
  readonly onClose: () => void;
  readonly draft: PolicyDraft;
  /** The policy as it is in force; null for a new one. */
  readonly policy: PolicyView | null;
  /** Slug the new policy is for; null for the organization. */
  readonly connection: string | null;
  readonly onPublished: (policy: PolicyView) => void;
}

/** The last look before it counts: what changes, and why. */
export function PublishPolicy({ opened, onClose, ...rest }: PublishPolicyProps) {
  return (
    <Modal opened={opened} onClose={onClose} size="xl" title={rest.policy === null ? 'Publish this policy' : `Publish version ${rest.policy.version + 1}`}>
      {opened && <PublishForm onClose={onClose} {...rest} />}
    </Modal>
  );
}

function PublishForm({ onClose, draft, policy, connection, onPublished }: Omit<PublishPolicyProps, 'opened'>) {
  const [note, setNote] = useState('');
  const publish = usePublish(policy, connection, ({ policy: published, propagating }) => {
    notice(propagating ? `Version ${published.version} is published and still on its way to some replicas.` : `Version ${published.version} is in force.`);
    onPublished(published);
  });
  const warnings = draft.problems.filter(({ severity }) => severity === 'warning');
  const conflict = publish.error instanceof ApiProblem && publish.error.code === 'policy.version_conflict';
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        publish.mutate({ yaml: draft.text, note: note.trim() });
      }}
    >
      <Stack>
        {publish.isError && (
          <Alert color="red" variant="light" role="alert" title={conflict ? 'Somebody published in the meantime' : undefined}>
            {conflict ? 'Your draft is kept. Load the page anew in another tab to see their version, and bring your change into it.' : messageOf(publish.error)}
          </Alert>
        )}
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
        <DiffView before={policy === null ? '' : draftText(policy.document)} after={draft.document ? draftText(draft.document) : draft.text} label="What changes" />
        <Textarea label="Note" description="Why, for whoever reads the versions later." maxLength={1000} data-autofocus value={note} onChange={(event) => setNote(event.currentTarget.value)} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Go on editing
          </Button>
          <Button type="submit" loading={publish.isPending}>
            Publish
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
