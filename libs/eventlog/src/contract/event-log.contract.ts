import { afterAll, afterEach, beforeAll, describe } from 'vitest';
import type { EventLog } from '../event-log.js';
import { describeAppend } from './append.contract.js';
import { describeBatches } from './batches.contract.js';
import { describeClose } from './close.contract.js';
import { EventLogRig } from './event-log-rig.js';
import { describeFailingHandler } from './failing-handler.contract.js';
import { describeGroups } from './groups.contract.js';
import { describeTails } from './tails.contract.js';
import { describeTopics } from './topics.contract.js';

/** A client of the log under test, on a connection of its own. */
export interface EventLogClient {
  readonly log: EventLog;
  /** Breaks this client's connections and lets it open no new ones, as a dead network or a dead machine would. */
  cut(): void;
  mend(): void;
}

export interface EventLogHarness {
  /** Another client of the same log. */
  open(): Promise<EventLogClient>;
  stop(): Promise<void>;
}

/** What every adapter of the port keeps. `start` is called once. */
export function describeEventLogContract(adapter: string, start: () => Promise<EventLogHarness>): void {
  describe(`${adapter} keeps the event log contract`, () => {
    const rig = new EventLogRig(start);
    beforeAll(() => rig.start(), 120_000);
    afterEach(() => rig.closeOpened());
    afterAll(() => rig.stop());

    describeTopics(rig);
    describeAppend(rig);
    describeBatches(rig);
    describeFailingHandler(rig);
    describeGroups(rig);
    describeTails(rig);
    describeClose(rig);
  });
}
