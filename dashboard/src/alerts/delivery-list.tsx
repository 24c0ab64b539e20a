import { IconCheck, IconClock, IconRefresh, IconX, type Icon } from '@tabler/icons-react';
import { ForeignText } from '../pieces/foreign-text.js';
import { Tag } from '../pieces/tag.js';
import { Time } from '../pieces/time.js';
import type { Tone } from '../theme/verdict-colours.js';
import type { AlertDetail } from './alert-queries.js';
import { failureText } from '../notifications/delivery-words.js';
import classes from './alerts.module.css';

type Delivery = AlertDetail['deliveries'][number];

const STATUSES: Record<Delivery['status'], { readonly tone: Tone; readonly icon: Icon }> = {
  pending: { tone: 'neutral', icon: IconClock },
  retrying: { tone: 'alert', icon: IconRefresh },
  delivered: { tone: 'allow', icon: IconCheck },
  dead: { tone: 'deny', icon: IconX },
};

export function DeliveryStatusTag({ status }: { readonly status: Delivery['status'] }) {
  const { tone, icon } = STATUSES[status];
  return <Tag tone={tone} icon={icon} word={status} />;
}

/** Who was told, when, and whether it arrived. */
export function DeliveryList({ deliveries }: { readonly deliveries: readonly Delivery[] }) {
  if (deliveries.length === 0)
    return <p className={classes['quiet']}>Nobody was told. Routes and channels are under Notifications.</p>;
  return (
    <ul className={classes['history']}>
      {deliveries.map(({ id, status, channel, channelType, createdAt, attempts }) => (
        <li key={id}>
          <span>
            <DeliveryStatusTag status={status} /> <ForeignText text={channel} longest={60} />{' '}
            <span className={classes['quiet']}>({channelType})</span>
          </span>
          <span className={classes['quiet']}>
            <Time at={createdAt} />
          </span>
          {attempts[0]?.error && <span className={classes['quiet']}>{failureText(attempts[0].error)}</span>}
        </li>
      ))}
    </ul>
  );
}
