import { Anchor, Button, Skeleton, TextInput } from '@mantine/core';
import type { LiveToolCall } from '@portcullis/contracts';
import {
  IconBan,
  IconPlayerPause,
  IconPlayerPlay,
  IconPlugConnectedX,
  IconPointFilled,
  IconRefresh,
  IconWaveSine,
} from '@tabler/icons-react';
import { useMediaQuery } from '@mantine/hooks';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useEffect, useState, useSyncExternalStore } from 'react';
import { useShortcuts } from '../commands/use-shortcuts.js';
import { meQuery, useMay } from '../identity/me.js';
import { useNow } from '../pieces/clock.js';
import { ButtonLink } from '../pieces/button-link.js';
import { DataTable, type DataColumn } from '../pieces/data-table.js';
import { ForeignText } from '../pieces/foreign-text.js';
import { Page } from '../pieces/page.js';
import { EmptyState, SkeletonRows } from '../pieces/states.js';
import { Tag } from '../pieces/tag.js';
import { Time } from '../pieces/time.js';
import { VerdictBadge } from '../pieces/verdict-badge.js';
import { reportProblem } from '../shell/notices.js';
import { HeatMapGrid } from './heat-map-grid.js';
import { LiveFeed, type LiveSnapshot } from './live-feed.js';
import { livePastQuery } from './live-past.js';
import { STRIP_MINUTES, agentsNow, stripOf } from './live-window.js';
import classes from './live.module.css';
import { VerdictStrip, type PastCalls } from './verdict-strip.js';

const route = getRouteApi('/signed-in/live');
const text = (value: string | null, longest = 60) =>
  value === null || value === '' ? '–' : <ForeignText text={value} longest={longest} />;

const COLUMNS: readonly DataColumn<LiveToolCall>[] = [
  { id: 'time', header: 'Time', width: '108px', cell: ({ timestamp }) => <Time at={timestamp} /> },
  {
    id: 'verdict',
    header: 'Verdict',
    width: '92px',
    cell: ({ action }) => <VerdictBadge verdict={action} />,
  },
  {
    id: 'target',
    header: 'Call',
    width: 'minmax(150px, 2.2fr)',
    cell: ({ target, method, connection }) => (
      <>
        <strong>{text(target || method, 120)}</strong>{' '}
        {connection !== null && <span className={classes['on']}>{text(connection)}</span>}
      </>
    ),
  },
  { id: 'agent', header: 'Agent', width: 'minmax(112px, 1fr)', cell: ({ agent, key }) => text(agent ?? key) },
  { id: 'user', header: 'User', width: 'minmax(148px, 1.2fr)', cell: ({ user }) => text(user) },
  {
    id: 'rule',
    header: 'Rule',
    width: 'minmax(150px, 1.4fr)',
    cell: ({ rule, reason }) => text(rule ?? reason),
  },
  {
    id: 'latency',
    header: 'ms',
    width: '58px',
    align: 'end',
    cell: ({ latencyMs }) => Math.round(latencyMs),
  },
];

/** What has room: on a phone when, how it ended and what; the rest is a tap away. */
const HIDDEN = { narrow: ['agent', 'user', 'rule', 'latency'], usual: ['rule'], wide: [] } as const;

/** Calls as they happen. */
export function LivePage() {
  const { q = '' } = route.useSearch();
  const [feed, setFeed] = useState<LiveFeed | null>(null);
  useEffect(() => {
    // The filter of the address when the page opens; later ones go over the same connection.
    const opened = new LiveFeed(new URLSearchParams(window.location.search).get('q') ?? '');
    setFeed(opened);
    return () => opened.close();
  }, []);
  useEffect(() => feed?.filter(q), [feed, q]);
  const maySeePast = useMay('audit:read');
  const {
    data: past,
    isError: pastFailed,
    refetch: lookBack,
    isPending: pastPending,
  } = useQuery({ ...livePastQuery(q), enabled: maySeePast });
  useEffect(() => {
    if (past !== undefined) feed?.begin(past);
  }, [feed, past]);
  return (
    <Page title="Live" wide lead="Calls as they happen. What is older is in Lens.">
      {feed === null ? null : (
        <Stream
          feed={feed}
          q={q}
          onLookBack={() => void lookBack()}
          past={!maySeePast ? 'none' : pastFailed ? 'failed' : pastPending ? 'coming' : 'shown'}
        />
      )}
    </Page>
  );
}

interface StreamProps {
  readonly feed: LiveFeed;
  readonly q: string;
  /** What was called before the page was opened. */
  readonly past: PastCalls;
  readonly onLookBack: () => void;
}

function Stream({ feed, q, past, onLookBack }: StreamProps) {
  const { state, refusal, paused, window } = useSyncExternalStore(feed.subscribe, feed.get);
  const now = useNow().getTime();
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const signedOut = refusal?.code.startsWith('auth.') === true;
  useEffect(() => {
    // Whether anybody is signed in still is one question, asked and answered in one place.
    if (signedOut) void queryClient.invalidateQueries({ queryKey: meQuery.queryKey });
  }, [signedOut, queryClient]);
  useShortcuts([{ keys: 'p', label: 'Pause, or go on', group: 'Live', run: () => feed.pause(!paused) }]);
  const narrow = useMediaQuery('(max-width: 48em)') ?? false;
  const wide = useMediaQuery('(min-width: 94em)') ?? false;
  const agents = agentsNow(window, Date.now());
  const open = (call: LiveToolCall) =>
    void navigate({ to: '/lens', search: { q: `id:${call.id}`, from: 'now-24h', to: 'now', row: call.id } });
  return (
    <>
      <FilterBar
        q={q}
        refusal={refusal}
        state={state}
        paused={paused}
        held={window.heldCount}
        onPause={() => feed.pause(!paused)}
      />
      <VerdictStrip minutes={stripOf(window, Math.max(now, Date.now()))} past={past} />
      <div className={classes['columns']}>
        <div>
          {window.dropped > 0 && (
            <p className={classes['quiet']} role="status">
              {window.dropped.toLocaleString('en')} more matched than a screen can follow; they are in Lens.
            </p>
          )}
          {past === 'failed' && (
            <p className={classes['quiet']} role="status">
              What was called before could not be loaded; what comes from now on is shown.{' '}
              <Anchor component="button" type="button" inherit onClick={onLookBack}>
                Try again
              </Anchor>
            </p>
          )}
          {window.calls.length === 0 && past === 'coming' ? (
            <SkeletonRows head rows={12} height={34} />
          ) : window.calls.length === 0 ? (
            <EmptyState
              icon={IconWaveSine}
              title={state === 'live' ? 'Waiting for the next call' : 'Not connected yet'}
              action={
                q === '' ? (
                  <>
                    <ButtonLink
                      to="/lens"
                      search={{ q: 'type:tool_call', from: 'now-7d', to: 'now' }}
                      variant="default"
                    >
                      Look further back
                    </ButtonLink>
                    <ButtonLink to="/welcome" variant="subtle">
                      Connect an agent
                    </ButtonLink>
                  </>
                ) : (
                  <ButtonLink to="/live" search={{}} variant="default">
                    Show every call
                  </ButtonLink>
                )
              }
            >
              {state !== 'live'
                ? 'It is tried again by itself. Calls of the meantime are shown then.'
                : q === ''
                  ? 'A call appears here within a second of its answer. Calls of other days are in Lens.'
                  : 'Only calls that match the filter are shown.'}
            </EmptyState>
          ) : (
            <DataTable
              label="Live calls"
              columns={COLUMNS}
              rows={window.calls}
              rowId={({ id }) => id}
              height="max(360px, calc(100dvh - 292px))"
              rowHeight={34}
              hidden={HIDDEN[narrow ? 'narrow' : wide ? 'wide' : 'usual']}
              onOpen={open}
            />
          )}
        </div>
        <aside className={classes['side']} aria-label="Overview">
          <section aria-label="Agents seen now">
            <h2>Agents, last 5 minutes</h2>
            {agents.length === 0 && past === 'coming' ? (
              <Skeleton height={60} />
            ) : agents.length === 0 ? (
              <p className={classes['quiet']}>
                {past === 'failed' ? 'Not known before this page was opened.' : 'No agent is calling.'}
              </p>
            ) : (
              <ul className={classes['agents']}>
                {agents.slice(0, 12).map(({ agent, calls }) => (
                  <li key={agent}>
                    <ForeignText text={agent} longest={60} /> <span>{calls.toLocaleString('en')}</span>
                  </li>
                ))}
              </ul>
            )}
          </section>
          <section aria-label="Risk of the last day">
            <h2>Denied and alerting by hour, last 24 hours</h2>
            <HeatMapGrid />
          </section>
        </aside>
      </div>
      <p className="visually-hidden">Last {STRIP_MINUTES} minutes are drawn above.</p>
    </>
  );
}

interface FilterBarProps extends Pick<LiveSnapshot, 'refusal' | 'state' | 'paused'> {
  readonly q: string;
  readonly held: number;
  readonly onPause: () => void;
}

function FilterBar({ q, refusal, state, paused, held, onPause }: FilterBarProps) {
  const navigate = route.useNavigate();
  const [typed, setTyped] = useState(q);
  const [mistake, setMistake] = useState<string>();
  const run = async () => {
    if (typed.trim() === q) return setMistake(undefined);
    // The language comes with the first filter, and not with the page everybody lands on.
    const { diagnose } = await import('./filter-language.js');
    const diagnosed = diagnose(typed);
    setMistake(diagnosed.ok ? undefined : diagnosed.diagnostics[0]?.message);
    if (diagnosed.ok) void navigate({ search: typed.trim() === '' ? {} : { q: typed.trim() } });
  };
  const check = () => void run().catch(reportProblem('The filter was not checked'));
  const problem = mistake ?? refusal?.diagnostics?.[0]?.message ?? refusal?.title;
  return (
    <>
      <form
        className={classes['bar']}
        onSubmit={(event) => {
          event.preventDefault();
          check();
        }}
      >
        <TextInput
          aria-label="Filter"
          placeholder="decision:deny connection:prod-*"
          value={typed}
          error={problem !== undefined}
          onChange={(event) => setTyped(event.currentTarget.value)}
          onBlur={check}
          spellCheck={false}
          autoComplete="off"
        />
        <Button
          variant="default"
          leftSection={
            paused ? <IconPlayerPlay size={15} aria-hidden /> : <IconPlayerPause size={15} aria-hidden />
          }
          onClick={onPause}
        >
          {paused ? `Go on${held > 0 ? ` (${held.toLocaleString('en')} new)` : ''}` : 'Pause'}
        </Button>
        <span className={classes['state']} role="status">
          <StateTag state={paused ? 'paused' : state} />
        </span>
      </form>
      {problem !== undefined && (
        <p className={classes['problem']} role="alert">
          {problem}
        </p>
      )}
    </>
  );
}

const STATES = {
  connecting: ['neutral', 'connecting', IconRefresh],
  live: ['allow', 'live', IconPointFilled],
  'catching-up': ['info', 'catching up', IconRefresh],
  offline: ['deny', 'offline, trying again', IconPlugConnectedX],
  refused: ['deny', 'refused', IconBan],
  paused: ['alert', 'paused', IconPlayerPause],
} as const;

function StateTag({ state }: { readonly state: keyof typeof STATES }) {
  const [tone, word, icon] = STATES[state];
  return <Tag tone={tone} icon={icon} word={word} />;
}
