import { GATEWAY_STATUS_PATH, type GatewayStatus } from '@portcullis/contracts';
import type { InternalHandler } from '@portcullis/service';
import { oldestUnsentAt } from './oldest-unsent.js';
import type { Spool } from './spool.js';

/** `GET /internal/v1/status`. Read when asked for: calls pay nothing. */
export function spoolStatusHandler(gateway: string, spool: Spool): InternalHandler {
  return (request, response) => {
    if (request.url !== GATEWAY_STATUS_PATH || request.method !== 'GET') return false;
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(gatewayStatus(gateway, spool)));
    return true;
  };
}

function gatewayStatus(gateway: string, spool: Spool): GatewayStatus {
  const oldest = oldestUnsentAt(spool.directory, spool.state);
  return {
    gateway,
    spool: {
      bytes: spool.usedBytes,
      oldestUnsentAt: oldest === null ? null : new Date(oldest).toISOString(),
      refusing: !spool.status.ok,
      sending: spool.state.counter('failing') === 0,
    },
  };
}
