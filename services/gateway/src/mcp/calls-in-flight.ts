import type { ControlReach } from '@portcullis/contracts';
import type { CallCut } from './call-cut.js';
import type { ClientCall } from './client-call.js';
import type { RpcId } from '@portcullis/mcp';
import type { Deadlines } from './deadlines.js';
import type { ProtocolSession } from './protocol-sessions.js';
import { isReached } from './reachable.js';

/** Every call between its decision and its completion: for deadlines, cancellation, control orders and limits. */
export class CallsInFlight {
  private readonly calls = new Set<ClientCall>();
  private readonly bySession = new Map<ProtocolSession, Map<string, ClientCall>>();

  constructor(private readonly deadlines: Deadlines) {}

  get size(): number {
    return this.calls.size;
  }

  ofSession(session: ProtocolSession): number {
    return this.bySession.get(session)?.size ?? 0;
  }

  find(session: ProtocolSession, id: RpcId): ClientCall | undefined {
    return this.bySession.get(session)?.get(idKey(id));
  }

  add(call: ClientCall): void {
    this.calls.add(call);
    this.deadlines.add(call);
    const { session, message } = call;
    if (session === undefined) return;
    session.users += 1;
    if (message.id === undefined) return;
    const calls = this.bySession.get(session);
    if (calls === undefined) this.bySession.set(session, new Map([[idKey(message.id), call]]));
    else calls.set(idKey(message.id), call);
  }

  delete(call: ClientCall): void {
    if (!this.calls.delete(call)) return;
    this.deadlines.delete(call);
    const { session, message } = call;
    if (session === undefined) return;
    session.users -= 1;
    if (message.id === undefined) return;
    const calls = this.bySession.get(session);
    calls?.delete(idKey(message.id));
    if (calls?.size === 0) this.bySession.delete(session);
  }

  /** Ends calls a control order reaches: those that have become streams, and with `abort` all of them. */
  cut(reach: ControlReach | undefined, mode: 'stop' | 'abort', cut: CallCut): void {
    for (const call of this.calls) {
      if (reach !== undefined && !isReached(reach, call.owner)) continue;
      if (mode === 'abort') call.cutWith(cut);
      else call.finishWithoutStreaming(cut);
    }
  }
}

/** `1` and `"1"` are different ids. */
export function idKey(id: RpcId): string {
  return typeof id === 'string' ? `"${id}` : String(id);
}
