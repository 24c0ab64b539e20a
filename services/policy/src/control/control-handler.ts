import type { IncomingMessage, ServerResponse } from 'node:http';
import { CONTROL_ACK_PATH, CONTROL_PATH, controlAckSchema, controlHelloSchema } from '@portcullis/contracts';
import type { InternalHandler } from '@portcullis/service';
import { readBody, sendProblem } from '../evaluation/http-exchange.js';
import type { GatewayKeys } from '../sealing/gateway-keys.js';
import type { ControlHub } from './control-hub.js';

export interface ControlHandlerDeps {
  readonly hub: ControlHub;
  readonly gatewayKeys: GatewayKeys;
  /** A replica that is not up to date takes no streams: it could not keep what a stream promises. */
  readonly fresh: () => boolean;
}

const BODY_LIMIT = 4 * 1024;

/** The control stream and its confirmations. */
export function createControlHandler(deps: ControlHandlerDeps): InternalHandler {
  return (request: IncomingMessage, response: ServerResponse) => {
    const { url } = request;
    if (url !== CONTROL_PATH && url !== CONTROL_ACK_PATH) return false;
    if (request.method !== 'POST') {
      sendProblem(response, 405, 'request.method_not_allowed');
      return true;
    }
    readBody(request, BODY_LIMIT, (body) => {
      if (body === null) return sendProblem(response, 413, 'request.too_large');
      let message: unknown;
      try {
        message = JSON.parse(body.toString('utf8'));
      } catch {
        return sendProblem(response, 400, 'request.malformed', 'body');
      }
      if (url === CONTROL_PATH) openStream(deps, message, response);
      else confirm(deps, message, response);
    });
    return true;
  };
}

function openStream(
  { hub, gatewayKeys, fresh }: ControlHandlerDeps,
  message: unknown,
  response: ServerResponse,
): void {
  const hello = controlHelloSchema.safeParse(message);
  if (!hello.success) return sendProblem(response, 400, 'request.malformed', 'hello');
  if (!fresh()) return sendProblem(response, 503, 'policy.unavailable', 'This replica is not up to date.');
  if (hub.full)
    return sendProblem(response, 503, 'policy.unavailable', 'This replica serves too many gateways.');
  const { gateway, publicKey, after } = hello.data;
  if (!gatewayKeys.learn(gateway.id, gateway.epoch, publicKey)) {
    return sendProblem(response, 400, 'gateway.key_invalid');
  }
  response.sendDate = false;
  response.writeHead(200, { 'Content-Type': 'application/x-ndjson', 'Cache-Control': 'no-store' });
  response.socket?.setNoDelay(true);
  const stream = hub.connect(gateway, after, {
    write: (line) => response.write(line),
    get pendingBytes() {
      return response.writableLength;
    },
    cut: () => response.destroy(),
  });
  response.on('close', () => stream.closed());
  response.on('error', () => stream.closed());
}

function confirm({ hub }: ControlHandlerDeps, message: unknown, response: ServerResponse): void {
  const ack = controlAckSchema.safeParse(message);
  if (!ack.success) return sendProblem(response, 400, 'request.malformed', 'ack');
  if (!hub.confirm(ack.data.gateway, ack.data.position))
    return sendProblem(response, 404, 'gateway.not_connected');
  response.sendDate = false;
  response.writeHead(204);
  response.end();
}
