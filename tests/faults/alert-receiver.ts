import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ReceivedWebhook {
  readonly id: string;
  readonly body: string;
  readonly type: string;
  readonly alerts: readonly { readonly id: string; readonly rule: string | null }[];
}

/** A receiver that remembers every webhook in the order they came. */
export interface AlertReceiver {
  readonly url: string;
  readonly received: readonly ReceivedWebhook[];
  /** The rules whose alerts came, whatever brought them. */
  rules(): Set<string>;
  stop(): Promise<void>;
}

/** `answerMs`: how long it takes to answer, so that a sender can be killed while it waits. */
export async function startAlertReceiver(answerMs: () => number): Promise<AlertReceiver> {
  const received: ReceivedWebhook[] = [];
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString('utf8');
      const { type, data } = JSON.parse(body) as { type: string; data: Pick<ReceivedWebhook, 'alerts'> };
      received.push({ id: String(request.headers['webhook-id']), body, type, alerts: data.alerts });
      setTimeout(() => response.writeHead(204).end(), answerMs());
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    received,
    rules: () => new Set(received.flatMap(({ alerts }) => alerts.map(({ rule }) => rule ?? ''))),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
