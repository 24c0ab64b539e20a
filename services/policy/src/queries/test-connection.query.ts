import type { ConnectionRecord } from '../directory/records.js';
import { connectionOf } from './directory.queries.js';
import type { QueryHandlers } from './query-handler.js';
import type { ProbeResult, UpstreamProbe } from './upstream-probe.js';

export interface TestConnectionDependencies {
  readonly probe: Pick<UpstreamProbe, 'probe'>;
  /** The credential in the clear; null when there is none, or none that opens. */
  readonly credentialOf: (tenantId: string, connectionId: string) => string | null;
}

/** Probes under way at once: each holds a socket for up to 5 s. */
const AT_ONCE = 16;

export function testConnectionQuery({
  probe,
  credentialOf,
}: TestConnectionDependencies): Pick<QueryHandlers, 'testConnection'> {
  let running = 0;
  return {
    async testConnection(query, { tenantId, directory }) {
      const connection = connectionOf(directory, query.connection);
      if (running >= AT_ONCE) return { data: unprobed('busy') };
      const headers = headersOf(connection, credentialOf(tenantId, connection.id));
      if (!headers) return { data: unprobed('credential_missing') };
      running += 1;
      try {
        return { data: await probe.probe({ upstreamUrl: connection.upstreamUrl, headers }) };
      } finally {
        running -= 1;
      }
    },
  };
}

function headersOf(
  { authType, authHeaderName }: ConnectionRecord,
  credential: string | null,
): Record<string, string> | null {
  if (authType === 'none') return {};
  if (credential === null) return null;
  if (authType === 'bearer') return { authorization: `Bearer ${credential}` };
  return authHeaderName === null ? null : { [authHeaderName]: credential };
}

function unprobed(reason: string): ProbeResult {
  return { ok: false, reason, latencyMs: 0, server: null, protocolVersion: null };
}
