import { Button, Loader } from '@mantine/core';
import { IconCheck } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useFailure } from '../api/use-failure.js';
import { apiKeysQuery } from '../api-keys/api-key-queries.js';
import { connectionsQuery } from '../connections/connection-queries.js';
import { UseConnection } from '../connections/use-connection.js';
import { useMay } from '../identity/me.js';
import { ButtonLink } from '../pieces/button-link.js';
import { ForeignText } from '../pieces/foreign-text.js';
import { Page } from '../pieces/page.js';
import { ErrorState, SkeletonRows } from '../pieces/states.js';
import { Time } from '../pieces/time.js';
import { VerdictBadge } from '../pieces/verdict-badge.js';
import classes from './first-start.module.css';
import { firstCallsQuery, stepStates, type FirstCall, type StepState } from './first-steps.js';

const LEAD = 'From nothing to the first governed call.';

/** Three steps from nothing to the first governed call. Each ticks itself off when it happened. */
export function FirstStartPage() {
  const connections = useQuery({ ...connectionsQuery, refetchInterval: 5_000 });
  const keys = useQuery({ ...apiKeysQuery(false), enabled: useMay('keys:read'), refetchInterval: 5_000 });
  const calls = useQuery({ ...firstCallsQuery, enabled: useMay('audit:read'), refetchInterval: 2_000 });
  const failure = useFailure(connections);
  const [first] = connections.data ?? [];
  const agentKeys = keys.data?.filter(({ scopes }) => scopes.includes('mcp')) ?? [];
  const [connect, paste, call] = stepStates([
    first !== undefined,
    agentKeys.some(({ lastUsedAt }) => lastUsedAt !== null),
    (calls.data?.length ?? 0) > 0,
  ]);
  const finished = call === 'done';
  if (connections.data === undefined) {
    return (
      <Page title="First steps" lead={LEAD}>
        {failure ? <ErrorState what="How far you are" {...failure} /> : <SkeletonRows rows={3} height={96} />}
      </Page>
    );
  }
  return (
    <Page title={finished ? 'You are set up' : 'First steps'} lead={LEAD}>
      <ol className={classes['steps']}>
        <Step number={1} state={connect} title="Connect an MCP server">
          {first === undefined ? (
            <>
              <p>
                Give Portcullis the address of a server your agents use. It is asked at once whether it speaks
                MCP.
              </p>
              <ButtonLink to="/connections" search={{ create: 'yes' }}>
                Create connection
              </ButtonLink>
            </>
          ) : (
            <p>
              <Link to="/connections/$slug" params={{ slug: first.slug }}>
                <ForeignText text={first.name} longest={120} />
              </Link>{' '}
              is connected.
            </p>
          )}
        </Step>
        <Step number={2} state={paste} title="Paste the configuration into your agent">
          {paste === 'done' ? (
            <p>An agent has signed in with its key.</p>
          ) : first === undefined ? (
            <p>A key for the agent and the text to paste.</p>
          ) : (
            <UseConnection connection={first} />
          )}
        </Step>
        <Step number={3} state={call} title="Let it call a tool">
          {finished ? (
            <FirstCalls calls={calls.data ?? []} />
          ) : (
            <Waiting active={call === 'now' || paste === 'now'} />
          )}
        </Step>
      </ol>
      {finished && (
        <div className={classes['next']}>
          <Button component={Link} to="/live">
            See calls as they happen
          </Button>
          <Button component={Link} to="/policies" variant="default">
            Write a policy
          </Button>
        </div>
      )}
    </Page>
  );
}

const WORDS: Record<StepState, string> = { done: 'done', now: 'next', later: 'later' };

function Step({
  number,
  state,
  title,
  children,
}: {
  number: number;
  state: StepState;
  title: string;
  children: ReactNode;
}) {
  return (
    <li className={classes['step']} data-state={state} aria-current={state === 'now' ? 'step' : undefined}>
      <span className={classes['mark']} aria-hidden>
        {state === 'done' ? <IconCheck size={16} stroke={2.4} /> : number}
      </span>
      <div className={classes['body']}>
        <h2>
          {title} <span className="visually-hidden">({WORDS[state]})</span>
        </h2>
        {children}
      </div>
    </li>
  );
}

function Waiting({ active }: { active: boolean }) {
  return active ? (
    <p role="status">
      <Loader size={13} mr={8} aria-hidden /> Waiting for the first call. It appears here when it arrives.
    </p>
  ) : (
    <p>The first call shows up here as it arrives: what was called, by whom, and what was decided.</p>
  );
}

function FirstCalls({ calls }: { calls: readonly FirstCall[] }) {
  return (
    <div role="status">
      <ul className={classes['calls']}>
        {calls.map((call, index) => (
          <li key={index}>
            <VerdictBadge verdict={call.decision} />
            <span>
              <ForeignText text={call.agent || 'an agent'} longest={80} /> called{' '}
              <ForeignText text={call.tool} mono longest={120} /> on{' '}
              <ForeignText text={call.connection} mono longest={80} />
              {call.user !== '' && (
                <>
                  {' '}
                  for <ForeignText text={call.user} longest={120} />
                </>
              )}
            </span>
            <Time at={call.time} />
          </li>
        ))}
      </ul>
    </div>
  );
}
