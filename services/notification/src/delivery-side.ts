import type { ChannelType } from '@portcullis/contracts';
import type { Database, SqlSession } from '@portcullis/postgres';
import { repeat, type SecretBox } from '@portcullis/service';
import { channelCommands } from './channels/channel.commands.js';
import { channelQueries } from './channels/channel.queries.js';
import { ChannelSecrets } from './channels/channel-secrets.js';
import { channelStore } from './channels/channel-store.js';
import type { Channel } from './channels/channel.js';
import { EmailChannel, type MailServer } from './channels/email.channel.js';
import { PagerDutyChannel } from './channels/pagerduty.channel.js';
import { ReceiverHttp } from './channels/receiver-http.js';
import { SlackChannel } from './channels/slack.channel.js';
import { SyslogChannel } from './channels/syslog.channel.js';
import { TeamsChannel } from './channels/teams.channel.js';
import { WebhookChannel } from './channels/webhook.channel.js';
import { deliveryCommands } from './delivery/delivery.commands.js';
import { deliveryQueries } from './delivery/delivery.queries.js';
import { DeliveryQueue } from './delivery/delivery-queue.js';
import { deliveryStore } from './delivery/delivery-store.js';
import { DeliveryWorker, type DeliveryEvents } from './delivery/delivery-worker.js';
import { SenderPresence } from './delivery/sender-presence.js';
import type { EventOutbox } from './outbox/event-outbox.js';
import { routeStore } from './routing/route-store.js';

export interface DeliverySideOptions {
  readonly database: Database;
  /** Of that database, for a connection that shows others that this process lives. */
  readonly databaseUrl: string;
  readonly outbox: EventOutbox;
  readonly box: SecretBox;
  readonly mailServer: MailServer | null;
  readonly allowPrivate: boolean;
  readonly dashboardUrl: string | null;
  readonly now: () => Date;
  readonly newId: () => string;
  readonly events: DeliveryEvents;
  /** Days a delivery is kept after it ended. */
  readonly deliveryDays: number;
  /** Told of background work that failed; it is tried again. */
  readonly onError: (error: unknown, part: string) => void;
  /** For tests: longest attempt. */
  readonly attemptMs?: number;
  /** For tests: senders other than the real ones. */
  readonly channels?: Partial<Record<ChannelType, Channel>>;
}

const WORK_MS = 250;
/** How long what a killed process had in hand waits at most, beside one that goes on. */
const RELEASE_MS = 2_000;
const HOUSEKEEPING_MS = 60_000;
const DAY_MS = 86_400_000;

/** Everything between the queue of notifications and their receivers, wired together. */
export class DeliverySide {
  readonly queue = new DeliveryQueue();
  readonly worker: DeliveryWorker;
  readonly presence: SenderPresence;
  readonly commands: ReturnType<typeof channelCommands> & ReturnType<typeof deliveryCommands>;
  readonly queries: ReturnType<typeof channelQueries> & typeof deliveryQueries;
  readonly #http: ReceiverHttp;
  readonly #email: EmailChannel;
  #running: { stop(): Promise<void> }[] = [];
  /** Rounds that a command began beside the regular ones. */
  readonly #woken = new Set<Promise<void>>();

  constructor(private readonly options: DeliverySideOptions) {
    const { database, outbox, box, mailServer, allowPrivate, dashboardUrl, now, newId, events } = options;
    this.presence = new SenderPresence(options.databaseUrl);
    this.#http = new ReceiverHttp({ allowPrivate });
    this.#email = new EmailChannel(mailServer);
    const channels: Record<ChannelType, Channel> = {
      webhook: new WebhookChannel(this.#http),
      email: this.#email,
      slack: new SlackChannel(this.#http),
      teams: new TeamsChannel(this.#http),
      pagerduty: new PagerDutyChannel(this.#http),
      syslog: new SyslogChannel({ allowPrivate }),
      ...options.channels,
    };
    const secrets = new ChannelSecrets(box);
    const { queue } = this;
    this.worker = new DeliveryWorker({
      database,
      channels,
      secrets,
      outbox,
      queue,
      now,
      newId,
      random: Math.random,
      events,
      presence: this.presence,
      ...(options.attemptMs === undefined ? {} : { attemptMs: options.attemptMs }),
    });
    this.commands = {
      ...channelCommands({ outbox, secrets, allowPrivate, isRouted }),
      ...deliveryCommands({ queue, outbox, dashboardUrl, wake: () => this.wake() }),
    };
    this.queries = { ...channelQueries({ now: () => now().getTime() }), ...deliveryQueries };
  }

  /** Begins to send. Any number of processes may. */
  start(): void {
    const { onError } = this.options;
    const every = (everyMs: number, part: string, work: () => Promise<unknown>) =>
      repeat(async () => void (await work()), { everyMs, onError: (error) => onError(error, part) });
    this.#running = [
      every(WORK_MS, 'sender presence', () => this.presence.show()),
      every(RELEASE_MS, 'abandoned deliveries', () => this.worker.releaseAbandoned()),
      every(WORK_MS, 'deliveries', () => this.beginDue()),
      every(HOUSEKEEPING_MS, 'delivery housekeeping', () => this.keepHouse()),
    ];
  }

  /** Attempts under way are recorded first. */
  async stop(): Promise<void> {
    await Promise.all([...this.#running.map((one) => one.stop()), ...this.#woken]);
    await this.worker.settled();
    await this.presence.end();
    await this.#http.close();
    this.#email.close();
  }

  private wake(): void {
    const woken = this.beginDue()
      .catch((error: unknown) => this.options.onError(error, 'deliveries'))
      .finally(() => this.#woken.delete(woken));
    this.#woken.add(woken);
  }

  private async beginDue(): Promise<void> {
    for (const attempt of await this.worker.begin()) {
      attempt.catch((error: unknown) => this.options.onError(error, 'deliveries'));
    }
  }

  private async keepHouse(): Promise<void> {
    const { database, now, deliveryDays } = this.options;
    await deliveryStore.expire(database, new Date(now().getTime() - deliveryDays * DAY_MS));
    await channelStore.dropPreviousSecrets(database, now());
  }
}

/** Holds the routes until the end of the transaction: none may come to name a channel while it is deleted. */
async function isRouted(session: SqlSession, tenantId: string, channelId: string): Promise<boolean> {
  await routeStore.hold(session, tenantId);
  return routeStore.isNamed(session, tenantId, channelId);
}
