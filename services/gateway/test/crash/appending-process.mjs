// A process that appends to a spool as fast as it can and drains it into a log kept in a file, until it is killed.
// Arguments: spool folder, ledger file (every append that returned), log file, `append` or `drain`.
import { openSync, writeSync } from 'node:fs';
import { RefusalCounter } from '../../dist/refusals/refusal-counter.js';
import { SpoolCallRecorder } from '../../dist/recording/spool-call-recorder.js';
import { Sender } from '../../dist/sender/sender.js';
import { Spool } from '../../dist/spool/spool.js';

const [directory, ledgerFile, logFile, task] = process.argv.slice(2);
const log = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** Whatever a batch's write left when the process died stays a line of its own. */
const eventLog = {
  fd: openSync(logFile, 'a'),
  ensureTopics: async () => undefined,
  append: async (records) => {
    const lines = records.map(({ value }) => Buffer.from(value).toString());
    writeSync(eventLog.fd, `\n${lines.join('\n')}\n`);
  },
};

const spool = new Spool({
  directory,
  gatewayId: 'crashing',
  maxBytes: 1024 ** 3,
  segmentBytes: 256 * 1024,
  log,
});
const recorder = new SpoolCallRecorder(spool, new RefusalCounter(spool, () => false, log));
const sender = new Sender({ directory, state: spool.state, eventLog, log });
sender.start();

if (task === 'drain') {
  await sender.stop(60_000);
  await spool.close();
  process.exit(0);
}

const ledger = openSync(ledgerFile, 'a');
const facts = {
  requestId: 'r',
  traceId: 't',
  traceparent: null,
  connection: null,
  key: null,
  audit: 'buffered',
};
function appendSome() {
  for (let i = 0; i < 20; i += 1) {
    const seq = spool.nextSequence;
    recorder.refused(
      { tenantId: `org-${seq % 5}`, facts: { ...facts, arguments: 'x'.repeat((seq * 37) % 3000) } },
      1,
    );
    writeSync(ledger, `\n${spool.epoch} ${seq}\n`);
  }
  setImmediate(appendSome);
}
appendSome();
