import {
  Button,
  Group,
  MultiSelect,
  NumberInput,
  Select,
  Stack,
  Switch,
  TagsInput,
  TextInput,
} from '@mantine/core';
import { FINDING_KINDS } from '@portcullis/contracts';
import { useDraft, type Storing } from '../identity/drafts.js';
import { Dialog } from '../pieces/dialog.js';
import { FieldRow } from '../pieces/field-row.js';
import { visibleText } from '../pieces/hostile-text.js';
import type { Channel, DefaultRoute, Route } from './notification-queries.js';

const LABELS = ['kind', 'connection', 'severity', 'agent', 'user', 'tool', 'rule', 'alert'];
const SEVERITIES = ['info', 'low', 'medium', 'high', 'critical'];
const KINDS = [...FINDING_KINDS, 'policy_alert', 'kill_switch', 'alert_overflow'];

export type EditedRoute =
  | { readonly kind: 'default'; readonly route: DefaultRoute }
  | {
      readonly kind: 'route';
      readonly index: number | null;
      readonly route: Omit<Route, 'id'> & { readonly id?: string };
    };

interface RouteState {
  readonly route: DefaultRoute;
  /** What only a route of its own has; null for the one of everything else. */
  readonly named: (Omit<Route, 'id'> & { readonly id?: string }) | null;
}

const STORING: Storing<RouteState> = {
  write: (state) => state,
  read: (stored) => {
    const { route, named } = stored as Partial<RouteState>;
    const sound = Array.isArray(route?.channels) && (named === null || typeof named?.name === 'string');
    return sound && route !== undefined && named !== undefined ? { route, named } : undefined;
  },
};

/** One route: which alerts, to which channels, and when. */
export function RouteForm({
  edited,
  channels,
  onSave,
  onClose,
}: {
  readonly edited: EditedRoute;
  readonly channels: readonly Channel[];
  readonly onSave: (edited: EditedRoute) => void;
  readonly onClose: () => void;
}) {
  const [{ route, named }, setState] = useDraft<RouteState>(
    `route ${edited.kind === 'default' ? 'default' : (edited.route.id ?? 'new')}`,
    () => ({ route: edited.route, named: edited.kind === 'route' ? edited.route : null }),
    STORING,
  );
  const setNamed = (next: RouteState['named']) => setState((before) => ({ ...before, named: next }));
  const set = (part: Partial<DefaultRoute>) =>
    setState((before) => ({ ...before, route: { ...before.route, ...part } }));
  const match = (part: Partial<Route['matchers']>) =>
    setNamed(
      named && {
        ...named,
        matchers: Object.fromEntries(
          Object.entries({ ...named.matchers, ...part }).filter(
            ([, value]) =>
              value !== undefined && value !== null && !(Array.isArray(value) && value.length === 0),
          ),
        ),
      },
    );
  const save = () => {
    if (edited.kind === 'default' || named === null) return onSave({ kind: 'default', route });
    const { name, matchers, continue: goOn, id } = named;
    onSave({
      ...edited,
      route: { ...route, ...(id === undefined ? {} : { id }), name, matchers, continue: goOn },
    });
  };
  const seconds = (
    label: string,
    field: 'groupWait' | 'groupInterval' | 'repeatInterval',
    min: number,
    description: string,
  ) => (
    <NumberInput
      label={label}
      description={description}
      suffix=" s"
      min={min}
      value={route[field]}
      onChange={(value) => set({ [field]: Number(value) })}
    />
  );
  return (
    <Dialog
      onClose={onClose}
      title={edited.kind === 'default' ? 'What no other route takes' : 'Route'}
      size="xl"
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          save();
        }}
      >
        <Stack>
          {named !== null && (
            <>
              <TextInput
                label="Name"
                required
                maxLength={200}
                data-autofocus
                value={named.name}
                onChange={(event) => setNamed({ ...named, name: event.currentTarget.value })}
              />
              <FieldRow>
                <Select
                  label="Severity at least"
                  placeholder="Any"
                  clearable
                  clearButtonProps={{ 'aria-label': 'Any severity' }}
                  data={SEVERITIES}
                  value={named.matchers.severity ?? null}
                  onChange={(severity) =>
                    match({ severity: (severity ?? undefined) as Route['matchers']['severity'] })
                  }
                />
                <MultiSelect
                  label="Kinds"
                  placeholder={named.matchers.kinds === undefined ? 'Any' : ''}
                  data={KINDS}
                  value={named.matchers.kinds ?? []}
                  onChange={(kinds) => match({ kinds })}
                />
                <TagsInput
                  label="Connections"
                  placeholder={named.matchers.connections === undefined ? 'Any; prod-* works' : ''}
                  value={named.matchers.connections ?? []}
                  onChange={(connections) => match({ connections })}
                />
              </FieldRow>
            </>
          )}
          <MultiSelect
            label="Channels"
            placeholder={route.channels.length === 0 ? 'Nobody is told' : ''}
            data={channels.map(({ id, name }) => ({ value: id, label: visibleText(name, 60) }))}
            value={route.channels}
            onChange={(chosen) => set({ channels: chosen })}
          />
          <MultiSelect
            label="Tell together what has the same"
            data={LABELS}
            value={route.groupBy}
            onChange={(groupBy) => set({ groupBy: groupBy as DefaultRoute['groupBy'] })}
          />
          <FieldRow>
            {seconds('First after', 'groupWait', 0, 'So that what belongs together comes together.')}
            {seconds('News at most every', 'groupInterval', 10, 'What came or ended since.')}
            {seconds('Again every', 'repeatInterval', 60, 'What still fires and nobody has.')}
          </FieldRow>
          <Switch
            label="Tell the end, too"
            checked={route.sendResolved}
            onChange={(event) => set({ sendResolved: event.currentTarget.checked })}
          />
          {named !== null && (
            <Switch
              label="Ask the routes below as well"
              checked={named.continue}
              onChange={(event) => setNamed({ ...named, continue: event.currentTarget.checked })}
            />
          )}
          <Group justify="end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit">Save</Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}
