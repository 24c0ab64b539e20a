import { isRevision, type RpcAnswer, type RpcCall } from '@portcullis/mcp';
import type { CallFacts } from '@portcullis/contracts';
import type { UpstreamResponse } from '../ports.js';
import { CallCut, upstreamInvalid } from './call-cut.js';
import type { ClientCall } from './client-call.js';
import type { ProtocolSession, ProtocolSessions } from './protocol-sessions.js';
import { overloaded } from './refusal.js';
import type { UpstreamSessions } from './upstream-sessions.js';

/** What a client says of itself in its handshake. Self-declared: for records and conditions, never for trust. */
export function clientOf(message: RpcCall): CallFacts['client'] {
  const { name, version } = asObject(message.params?.['clientInfo']);
  if (typeof name !== 'string') return null;
  return { name: name.slice(0, 256), version: typeof version === 'string' ? version.slice(0, 256) : '' };
}

/** The client's session for the one the upstream has just opened. Throws `CallCut` when there is no room for it. */
export function openSession(
  sessions: ProtocolSessions,
  leases: UpstreamSessions,
  call: ClientCall,
  answer: RpcAnswer,
  response: UpstreamResponse | undefined,
): ProtocolSession {
  const result = asObject(answer.result);
  const revision = result['protocolVersion'];
  if (typeof revision !== 'string' || !isRevision(revision)) {
    throw upstreamInvalid('The upstream speaks no protocol revision this gateway knows.');
  }
  const given = response?.headers['mcp-session-id'];
  const upstreamId = typeof given === 'string' && given !== '' ? given : null;
  const { decision, connection, record, head } = call;
  const session = sessions.open({
    id: record.facts.protocolSession!,
    slug: head.slug,
    digest: head.digest,
    caller: decision.caller!,
    agentSession: decision.agentSession,
    connection,
    errorProfile: decision.errorProfile,
    upstreamId,
    revision,
    client: record.facts.client,
    clientCapabilities: asObject(call.message.params?.['capabilities']),
    serverCapabilities: asObject(result['capabilities']),
  });
  if (session !== undefined) return session;
  leases.endAtUpstream(connection, { sessionId: upstreamId, revision });
  throw new CallCut(overloaded('Too many sessions are open.'));
}

function asObject(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
}
