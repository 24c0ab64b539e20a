import { Button, Textarea } from '@mantine/core';
import type { PolicyVersionView, PolicyView } from '@portcullis/contracts';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useFailure } from '../api/use-failure.js';
import { useMay } from '../identity/me.js';
import { Confirm } from '../pieces/confirm.js';
import { ForeignText } from '../pieces/foreign-text.js';
import { ErrorState, SkeletonRows } from '../pieces/states.js';
import { Time } from '../pieces/time.js';
import { notice } from '../shell/notices.js';
import { DiffView } from './diff-view.js';
import { draftText } from './policy-draft.js';
import classes from './policy-editor.module.css';
import { useRollBack, versionsQuery } from './policy-queries.js';

/** Who changed what, and why; each version against the one before it. */
export function PolicyVersions({ policy }: { policy: PolicyView }) {
  const versions = useQuery(versionsQuery(policy.id));
  const failure = useFailure(versions);
  const [open, setOpen] = useState<number>(policy.version);
  const [back, setBack] = useState<PolicyVersionView>();
  const mayWrite = useMay('policies:write');
  if (failure) return <ErrorState what="The versions" {...failure} />;
  if (versions.data === undefined) return <SkeletonRows height={64} />;
  return (
    <>
      <ol className={classes['versions']} reversed>
        {versions.data.map((version, index) => {
          const before = versions.data[index + 1];
          return (
            <li key={version.version}>
              <div className={classes['version']}>
                <strong>Version {version.version}</strong>
                <span className={classes['quiet']}>
                  <ForeignText text={version.publishedBy} longest={120} />, <Time at={version.publishedAt} />
                  {version.rolledBackFrom !== null && `, back to version ${version.rolledBackFrom}`}
                </span>
                <Button
                  variant="subtle"
                  size="compact-sm"
                  aria-expanded={open === version.version}
                  onClick={() => setOpen(open === version.version ? 0 : version.version)}
                >
                  {open === version.version ? 'Hide the change' : 'Show the change'}
                </Button>
                {mayWrite && version.version !== policy.version && (
                  <Button variant="default" size="compact-sm" onClick={() => setBack(version)}>
                    Roll back to this
                  </Button>
                )}
              </div>
              {version.note !== null && (
                <p>
                  <ForeignText text={version.note} longest={1000} />
                </p>
              )}
              {open === version.version && (
                <DiffView
                  before={before ? draftText(before.document) : ''}
                  after={draftText(version.document)}
                  label={`Change of version ${version.version}`}
                />
              )}
            </li>
          );
        })}
      </ol>
      <RollBack policy={policy} to={back} onClose={() => setBack(undefined)} />
    </>
  );
}

function RollBack({
  policy,
  to,
  onClose,
}: {
  policy: PolicyView;
  to: PolicyVersionView | undefined;
  onClose: () => void;
}) {
  const rollBack = useRollBack(policy.id);
  const [note, setNote] = useState('');
  const confirm = async () => {
    if (to === undefined) return;
    await rollBack.mutateAsync({ version: to.version, note: note.trim() });
    notice(`Version ${to.version} is in force again.`);
  };
  return (
    <Confirm
      opened={to !== undefined}
      onClose={onClose}
      title={`Roll back to version ${to?.version ?? ''}?`}
      action="Roll back"
      onConfirm={confirm}
    >
      It is published as a new version, version {policy.version + 1}. What changes:
      {to && (
        <DiffView before={draftText(policy.document)} after={draftText(to.document)} label="What changes" />
      )}
      <Textarea
        label="Note"
        mt="sm"
        maxLength={1000}
        value={note}
        onChange={(event) => setNote(event.currentTarget.value)}
      />
    </Confirm>
  );
}
