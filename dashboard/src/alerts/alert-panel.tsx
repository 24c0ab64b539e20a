import { Skeleton } from '@mantine/core';
import { IconListSearch, IconTimeline } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useFailure } from '../api/use-failure.js';
import { ButtonLink } from '../pieces/button-link.js';
import { Facts, Figures } from '../pieces/facts.js';
import { ForeignText } from '../pieces/foreign-text.js';
import { SidePanel } from '../pieces/side-panel.js';
import { ErrorState } from '../pieces/states.js';
import { Time } from '../pieces/time.js';
import { AlertActions } from './alert-actions.js';
import { alertQuery, type AlertDetail } from './alert-queries.js';
import { TRANSITION_WORDS, figureText, kindWord, subjectOf } from './alert-words.js';
import classes from './alerts.module.css';
import { DeliveryList } from './delivery-list.js';
import { AlertStateTag, SeverityTag } from './severity-tag.js';

/** One alert: is it real, and what can be done? */
export function AlertPanel({ id, onClose }: { readonly id: string; readonly onClose: () => void }) {
  const alert = useQuery(alertQuery(id));
  const failure = useFailure(alert);
  return (
    <SidePanel
      label="Alert"
      subject={id}
      onClose={onClose}
      title={alert.data ? kindWord(alert.data.kind) : 'Alert'}
    >
      {failure && <ErrorState title="This alert cannot be shown" {...failure} />}
      {alert.data ? <Details alert={alert.data} /> : failure === null && <Skeleton height={260} />}
    </SidePanel>
  );
}

function Details({ alert }: { readonly alert: AlertDetail }) {
  const { lens, trace } = alert.evidence;
  return (
    <>
      <p className={classes['sentence']}>
        <ForeignText text={alert.title} />
      </p>
      <p className={classes['tags']}>
        <SeverityTag severity={alert.severity} />
        <AlertStateTag alert={alert} />
        {alert.mutedUntil !== null && (
          <span className={classes['quiet']}>
            until <Time at={alert.mutedUntil} />
          </span>
        )}
      </p>
      <AlertActions alert={alert} />
      <section className={classes['section']} aria-label="Evidence">
        <h2>Evidence</h2>
        {(alert.observed !== null || alert.expected !== null) && (
          <Figures
            figures={[
              ['Observed', figureText(alert.observed, 'value')],
              ['Usual', figureText(alert.expected, 'value')],
              ['Unusual from', figureText(alert.expected, 'threshold')],
            ]}
          />
        )}
        <div className={classes['links']}>
          {lens !== null && (
            <ButtonLink
              to="/lens"
              search={{ q: lens.q, from: lens.from, to: lens.to }}
              variant="light"
              size="xs"
              leftSection={<IconListSearch size={14} aria-hidden />}
            >
              Show the calls behind it
            </ButtonLink>
          )}
          {trace !== null && (
            <ButtonLink
              to="/traces/$traceId"
              params={{ traceId: trace }}
              variant="subtle"
              size="xs"
              leftSection={<IconTimeline size={14} aria-hidden />}
            >
              Follow the trace
            </ButtonLink>
          )}
        </div>
      </section>
      <section className={classes['section']} aria-label="Who and where">
        <h2>Who and where</h2>
        <Facts
          facts={[
            ...subjectOf(alert).map(
              ([name, value]) => [name, <ForeignText key={name} text={value} longest={200} />] as const,
            ),
            [
              'Fired',
              <span key="fired">
                {alert.occurrences === 1 ? 'once' : `${alert.occurrences} times`} since{' '}
                <Time at={alert.firstSeenAt} />, last <Time at={alert.lastSeenAt} />
              </span>,
            ],
            [
              'Resolves',
              alert.quietAt === null ? null : (
                <span key="resolves">
                  by itself <Time at={alert.quietAt} />, if it stays quiet
                </span>
              ),
            ],
            [
              'Next told',
              alert.nextNotificationAt === null ? (
                'nobody, as things are'
              ) : (
                <Time key="told" at={alert.nextNotificationAt} />
              ),
            ],
          ]}
        />
      </section>
      <section className={classes['section']} aria-label="History">
        <h2>History</h2>
        <ol className={classes['history']}>
          {alert.history.map(({ type, at, actor, note }, index) => (
            <li key={`${at}-${index}`}>
              <span>
                {actor.type === 'service' ? 'It' : <ForeignText text={actor.name ?? actor.id} longest={80} />}{' '}
                {TRANSITION_WORDS[type] ?? type}
              </span>
              <span className={classes['quiet']}>
                <Time at={at} />
              </span>
              {note !== null && (
                <q>
                  <ForeignText text={note} />
                </q>
              )}
            </li>
          ))}
        </ol>
      </section>
      <section className={classes['section']} aria-label="Notifications">
        <h2>Notifications</h2>
        <DeliveryList deliveries={alert.deliveries} />
      </section>
    </>
  );
}
