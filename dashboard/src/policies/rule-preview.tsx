import { Anchor, Loader } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import type { Rule } from '@portcullis/contracts';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { api, dataOf } from '../api/client.js';
import { messageOf } from '../api/problem.js';
import { ForeignText } from '../pieces/foreign-text.js';
import { Time } from '../pieces/time.js';
import { VerdictBadge } from '../pieces/verdict-badge.js';
import classes from './policy-editor.module.css';

interface RulePreviewProps {
  /** Undefined while no rule is open, or the one that is cannot be read yet. */
  readonly rule: Rule | undefined;
  readonly connection: string | null;
  readonly timeZone: string | undefined;
}

/** Which calls of the last day the open rule would have matched, standing alone. */
export function RulePreview({ rule, connection, timeZone }: RulePreviewProps) {
  const [asked] = useDebouncedValue(rule, 400);
  const preview = useQuery({
    queryKey: ['policies', 'preview', connection, timeZone, asked],
    enabled: asked !== undefined,
    placeholderData: keepPreviousData,
    retry: false,
    queryFn: ({ signal }) =>
      dataOf(
        api.POST('/api/v1/policies/preview', {
          body: {
            rule: { ...asked },
            ...(connection === null ? {} : { connection }),
            ...(timeZone === undefined ? {} : { timeZone }),
            from: 'now-1d',
            to: 'now',
          },
          signal,
        }),
      ),
  });
  return (
    <section className={classes['card']} aria-label="Would have matched">
      <h2>
        The last day {preview.isFetching && <Loader size={12} ml={6} role="status" aria-label="Looking" />}
      </h2>
      {rule === undefined && (
        <p className={classes['quiet']}>Open a rule to see which calls it would have matched.</p>
      )}
      {rule !== undefined && preview.isError && (
        <p className={classes['quiet']}>{messageOf(preview.error)}</p>
      )}
      {rule !== undefined && preview.data !== undefined && <Matches {...preview.data} name={rule.name} />}
    </section>
  );
}

interface MatchesProps {
  readonly name: string;
  readonly matched: number;
  readonly scanned: number;
  readonly truncated: boolean;
  readonly undecided: number;
  readonly byDecision: Readonly<Record<string, number>>;
  readonly unknowable: readonly string[];
  readonly samples: readonly {
    id: string;
    time: string;
    tool: string | null;
    user: string | null;
    decision: string;
  }[];
}

function Matches({
  name,
  matched,
  scanned,
  truncated,
  undecided,
  byDecision,
  unknowable,
  samples,
}: MatchesProps) {
  return (
    <>
      <p className={classes['quiet']}>
        <span className={classes['figure']}>{matched.toLocaleString('en')}</span> of{' '}
        {scanned.toLocaleString('en')} calls match <ForeignText text={name} longest={60} />
        {truncated && ' (the newest ones were looked at)'}. They were:
      </p>
      <p>
        {Object.entries(byDecision).map(([decision, count]) => (
          <span key={decision}>
            <VerdictBadge verdict={decision} /> {count.toLocaleString('en')}{' '}
          </span>
        ))}
      </p>
      {undecided > 0 && (
        <p className={classes['quiet']}>{undecided} more cannot be told: what they hinge on was not kept.</p>
      )}
      {unknowable.length > 0 && (
        <p className={classes['quiet']}>Not known of past calls: {unknowable.join(', ')}.</p>
      )}
      <ul className={classes['samples']}>
        {samples.slice(0, 6).map((sample) => (
          <li key={sample.id}>
            <Anchor
              component={Link}
              to="/lens"
              search={{ q: `id:${sample.id}`, from: 'now-24h', to: 'now' } as never}
            >
              <ForeignText text={sample.tool ?? 'request'} mono longest={60} />
            </Anchor>
            <VerdictBadge verdict={sample.decision} />
            <Time at={sample.time} />
          </li>
        ))}
      </ul>
    </>
  );
}
