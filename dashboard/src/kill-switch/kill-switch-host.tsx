import { Button } from '@mantine/core';
import { IconHandStop } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Suspense, lazy } from 'react';
import { useShortcuts } from '../commands/use-shortcuts.js';
import { useMay } from '../identity/me.js';
import { ForeignText } from '../pieces/foreign-text.js';
import { Time } from '../pieces/time.js';
import { notice, reportProblem } from '../shell/notices.js';
import { askToStop, useKillSwitchRequest } from './kill-switch-request.js';
import { KILL_SWITCHES, SCOPES, killSwitchesQuery, release, type KillSwitch } from './kill-switch-queries.js';
import classes from './kill-switch.module.css';

const KillSwitchDialog = lazy(() =>
  import('./kill-switch-dialog.js').then((module) => ({ default: module.KillSwitchDialog })),
);

/** In the frame of every page: the key that asks what to stop, and a line for each stop in force. */
export function KillSwitchHost() {
  const mayStop = useMay('kill-switches:write');
  const maySee = useMay('kill-switches:read');
  const request = useKillSwitchRequest();
  const engaged = useQuery({ ...killSwitchesQuery, enabled: maySee });
  useShortcuts(
    mayStop
      ? [{ keys: '!', label: 'Stop calls (kill switch)', group: 'Everywhere', run: () => askToStop() }]
      : [],
  );
  return (
    <>
      {engaged.data?.map((stop) => (
        <StopLine key={stop.id} stop={stop} mayRelease={mayStop} />
      ))}
      {request !== null && mayStop && (
        <Suspense>
          <KillSwitchDialog request={request} />
        </Suspense>
      )}
    </>
  );
}

function StopLine({ stop, mayRelease }: { readonly stop: KillSwitch; readonly mayRelease: boolean }) {
  const cache = useQueryClient();
  const lift = useMutation({
    mutationFn: () => release(stop.id),
    onSuccess: () => {
      notice('Released. Calls are decided by policy again.');
      return cache.invalidateQueries({ queryKey: KILL_SWITCHES });
    },
    onError: reportProblem('It is still in force'),
  });
  const { scope, target, reason, engagedBy, engagedAt } = stop;
  const what =
    scope === 'organization'
      ? 'Everything'
      : `${SCOPES.find(({ value }) => value === scope)?.label ?? scope} ${target ?? ''}`;
  return (
    <section className={classes['banner']} aria-label="Kill switch in force">
      <strong>
        <IconHandStop size={16} aria-hidden /> <ForeignText text={what} longest={60} /> is stopped
      </strong>
      <span>
        <ForeignText text={reason} longest={160} /> — <ForeignText text={engagedBy} longest={60} />,{' '}
        <Time at={engagedAt} />
      </span>
      {mayRelease && (
        <Button size="compact-xs" variant="default" loading={lift.isPending} onClick={() => lift.mutate()}>
          Release
        </Button>
      )}
    </section>
  );
}
