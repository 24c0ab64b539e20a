import type { GatewaySequence } from '@portcullis/contracts';
import type { LogRecord } from '@portcullis/eventlog';
import type { ConnectionNamed, Signal } from '../alerts/signal.js';

/** What a record means here, with what it is told from its repetitions by. */
export interface Reading {
  readonly offset: bigint;
  readonly signal: Signal | ConnectionNamed;
  /** The gateway process and number of a call; an id for everything else. */
  readonly identity:
    { readonly eventId: string } | { readonly gateway: GatewaySequence; readonly partition: number };
}

/**
 * Reads one record of a topic. Null: it means nothing here. Throws `InvalidEvent` for one that can never be read; pure,
 * given the slugs known so far.
 */
export type ReadRecord = (record: LogRecord, slugs: Slugs) => Omit<Reading, 'offset'> | null;

/** Slugs of connections by organization and id: for kill switches, whose events name ids alone. */
export type Slugs = (tenantId: string, connectionId: string) => string | undefined;
