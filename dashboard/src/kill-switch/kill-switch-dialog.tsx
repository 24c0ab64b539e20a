import { Button, Group, SegmentedControl, Select, Stack, Switch, Textarea } from '@mantine/core';
import { IconHandStop, IconShieldCheck } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { messageOf } from '../api/problem.js';
import { Dialog } from '../pieces/dialog.js';
import { visibleText } from '../pieces/hostile-text.js';
import { ReachSummary } from './reach-summary.js';
import { closeKillSwitch, type KillSwitchRequest } from './kill-switch-request.js';
import {
  KILL_SWITCHES,
  SCOPES,
  engage,
  reachQuery,
  stopProofText,
  targetsQuery,
  type KillSwitchScope,
} from './kill-switch-queries.js';
import classes from './kill-switch.module.css';

/** Asks what to stop and why, shows what that reaches, stops it, and says where the stop is in force. */
export function KillSwitchDialog({ request }: { readonly request: KillSwitchRequest }) {
  const [scope, setScope] = useState<KillSwitchScope>(request.scope);
  const [target, setTarget] = useState<string | null>(request.target);
  const [reason, setReason] = useState(request.reason ?? '');
  const [abort, setAbort] = useState(false);
  const cache = useQueryClient();
  const targets = useQuery(targetsQuery(scope));
  const reach = useQuery(reachQuery(scope, target));
  const stop = useMutation({
    mutationFn: () =>
      engage({
        scope,
        target: scope === 'organization' ? null : target,
        reason: reason.trim(),
        mode: abort ? 'abort' : 'stop',
      }),
    onSuccess: () =>
      Promise.all(
        [KILL_SWITCHES, ['sessions'], ['alerts']].map((queryKey) => cache.invalidateQueries({ queryKey })),
      ),
  });
  const named = scope === 'organization' || target !== null;
  // A session of an alert may have ended since: it is offered all the same, by its id.
  const options = [...(targets.data ?? [])].map(({ value, label }) => ({
    value,
    label: visibleText(label, 80),
  }));
  if (target !== null && !options.some(({ value }) => value === target))
    options.unshift({ value: target, label: reach.data?.name ? visibleText(reach.data.name, 80) : target });

  return (
    <Dialog onClose={closeKillSwitch} title={stop.isSuccess ? 'Stopped' : 'Stop calls'} size="lg">
      {stop.isSuccess ? (
        <Stack>
          <p className={classes['proof']} role="status">
            <IconShieldCheck size={20} aria-hidden /> {stopProofText(stop.data)}
          </p>
          <Group justify="end">
            <Button onClick={closeKillSwitch} data-autofocus>
              Done
            </Button>
          </Group>
        </Stack>
      ) : (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            if (named && reason.trim() !== '') stop.mutate();
          }}
        >
          <Stack>
            <SegmentedControl
              fullWidth
              aria-label="What to stop"
              value={scope}
              data={SCOPES.map(({ value, label }) => ({ value, label }))}
              onChange={(value) => {
                setScope(value as KillSwitchScope);
                setTarget(null);
              }}
            />
            {scope !== 'organization' && (
              <Select
                label={SCOPES.find(({ value }) => value === scope)?.label}
                placeholder={targets.isPending ? 'Loading…' : 'Choose one'}
                searchable
                clearable={false}
                data={options}
                value={target}
                onChange={setTarget}
                nothingFoundMessage="None"
                error={targets.error ? messageOf(targets.error) : undefined}
                limit={100}
              />
            )}
            <Textarea
              label="Reason"
              description="Callers see it with every refusal."
              required
              maxLength={1000}
              value={reason}
              onChange={(event) => setReason(event.currentTarget.value)}
              data-autofocus
            />
            <Switch
              label="Cut calls in flight, too"
              description="Otherwise they may end; streams are closed either way."
              checked={abort}
              onChange={(event) => setAbort(event.currentTarget.checked)}
            />
            {named && <ReachSummary reach={reach.data} error={reach.error} />}
            {stop.error !== null && (
              <p className={classes['problem']} role="alert">
                {messageOf(stop.error)}
              </p>
            )}
            <Group justify="end">
              <Button variant="default" onClick={closeKillSwitch}>
                Cancel
              </Button>
              <Button
                type="submit"
                color="red"
                leftSection={<IconHandStop size={16} aria-hidden />}
                loading={stop.isPending}
                disabled={!named || reason.trim() === ''}
              >
                Stop now
              </Button>
            </Group>
          </Stack>
        </form>
      )}
    </Dialog>
  );
}
