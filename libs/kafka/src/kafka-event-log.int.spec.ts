import { connect, type Socket } from 'node:net';
import { describeEventLogContract } from '@portcullis/eventlog/contract';
import { KafkaUnavailable, startKafka, type TestKafka } from '@portcullis/testing';
import { describe, it } from 'vitest';
import { KafkaEventLog } from './kafka-event-log.js';

const kafka = await startKafka().catch((error: unknown) => {
  if (error instanceof KafkaUnavailable) return error;
  throw error;
});

if (kafka instanceof KafkaUnavailable) {
  describe('KafkaEventLog', () => {
    it.skip(`keeps the event log contract: SKIPPED, there is no Kafka here (${kafka.message})`, () =>
      undefined);
  });
} else {
  describeEventLogContract('KafkaEventLog', async () => ({
    open: async () => openClient(kafka),
    stop: () => kafka.stop(),
  }));
}

function openClient({ brokers }: TestKafka) {
  const sockets = new Set<Socket>();
  let isCut = false;
  const log = new KafkaEventLog({
    brokers,
    sessionTimeoutMs: 6_000,
    backOff: { minMs: 20, maxMs: 500 },
    socketFactory: ({ host, port, onConnect }) => {
      const socket = connect({ host, port }, onConnect);
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
      if (isCut) socket.destroy(new Error('The network is cut.'));
      return socket;
    },
  });
  return {
    log,
    cut: () => {
      isCut = true;
      for (const socket of sockets) socket.destroy(new Error('The network is cut.'));
    },
    mend: () => {
      isCut = false;
    },
  };
}
