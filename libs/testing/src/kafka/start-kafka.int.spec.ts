import { connect } from 'node:net';

import { describe, expect, it } from 'vitest';

import { KafkaUnavailable } from './kafka-class-path.js';
import { startKafka, type TestKafka } from './start-kafka.js';

/** The broker's own word that it can do something: an ApiVersions request, answered with the same correlation id. */
function apiVersions(broker: string): Promise<number> {
  const [host, port] = broker.split(':');
  const request = Buffer.from([0, 0, 0, 10, 0, 18, 0, 0, 0, 0, 0, 77, 255, 255]);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), host, () => socket.write(request));
    socket.once('error', reject);
    socket.once('data', (answer) => {
      socket.destroy();
      resolve(answer.readInt32BE(4));
    });
  });
}

describe('startKafka', () => {
  it('starts a broker that answers, also after it was killed', async ({ skip }) => {
    let kafka: TestKafka;
    try {
      kafka = await startKafka();
    } catch (error) {
      if (error instanceof KafkaUnavailable) skip(error.message);
      throw error;
    }
    try {
      const [broker = ''] = kafka.brokers;
      expect(await apiVersions(broker)).toBe(77);
      await kafka.kill();
      await expect(apiVersions(broker)).rejects.toThrow('ECONNREFUSED');
      await kafka.restart();
      expect(await apiVersions(broker)).toBe(77);
    } finally {
      await kafka.stop();
    }
  });
});
