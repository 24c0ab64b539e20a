import type { DecideRequest } from '@portcullis/contracts';
import { InProcessRateLimiter } from '@portcullis/policy-engine';
import { CallEvaluator } from '../src/evaluation/call-evaluator.js';
import { DecisionCounts } from '../src/evaluation/decision-counts.js';
import { GatewayKeys } from '../src/sealing/gateway-keys.js';
import { SealedConnections } from '../src/sealing/sealed-connections.js';
import { AgentSessions, type EndedSession } from '../src/sessions-runtime/agent-sessions.js';
import { PolicyState } from '../src/state/policy-state.js';
import { isSessionStopped } from '../src/state/stops.js';
import { ToolRegistry } from '../src/tools/tool-registry.js';
import type { ToolStore } from '../src/tools/tool-store.js';
import { digestOf, fakeHasher, type PolicyHistory } from './policy-history.js';

export const forgetfulToolStore: ToolStore = {
  upsert: () => Promise.resolve(),
  changedAfter: () => Promise.resolve([]),
  remove: () => Promise.resolve(),
};

/** An evaluator over a given history, with a clock that stands still until it is moved. */
export class DecideRig {
  readonly state = new PolicyState();
  readonly gatewayKeys = new GatewayKeys();
  readonly counts = new DecisionCounts();
  readonly tools = new ToolRegistry({ store: forgetfulToolStore });
  readonly ended: EndedSession[] = [];
  now = Date.parse('2026-03-02T10:00:00Z');
  readonly evaluator: CallEvaluator;
  #applied = 0;

  constructor(readonly history: PolicyHistory) {
    this.evaluator = new CallEvaluator({
      state: this.state,
      hasher: fakeHasher,
      limiter: new InProcessRateLimiter(),
      sessions: new AgentSessions({
        generation: (connectionId, keyId) => this.state.generation(connectionId, keyId),
        stopped: (connection, sessionId) => isSessionStopped(connection.organization, sessionId),
        onEnded: (ended) => this.ended.push(ended),
      }),
      tools: this.tools,
      gatewayKeys: this.gatewayKeys,
      sealed: new SealedConnections(),
      counts: this.counts,
      now: () => this.now,
      monotonicNow: () => this.now,
    });
    this.catchUp();
  }

  /** Applies what was added to the history since. */
  catchUp(): this {
    for (const event of this.history.events.slice(this.#applied))
      this.state.apply(event, this.history.secrets);
    this.#applied = this.history.events.length;
    return this;
  }

  decide(change: Partial<DecideRequest> = {}) {
    return this.evaluator.decide({ ...toolCall(), ...change });
  }

  call(name: string, change: Partial<DecideRequest> = {}) {
    return this.decide({ target: { kind: 'tool', name }, ...change });
  }

  filter(
    kind: 'tool' | 'resource' | 'prompt',
    items: Record<string, unknown>[],
    change: Partial<DecideRequest> = {},
  ) {
    const steps = this.evaluator.filter({ ...toolCall(), ...change, kind, items });
    let step = steps.next();
    while (!step.done) step = steps.next();
    return step.value;
  }
}

/** A call of tool `read` on `main` with the key `ig_key-1`. */
export function toolCall(key = 'ig_key-1'): DecideRequest {
  return {
    requestId: '0190a0a0-0000-7000-8000-000000000001',
    gateway: { id: 'gw', epoch: 'epoch-1' },
    credential: { type: 'api_key', digest: digestOf(key) },
    slug: 'main',
    method: 'tools/call',
    target: { kind: 'tool', name: 'read' },
    direction: 'client',
    traceId: 'ig_trace_1',
    sourceIp: '10.0.0.1',
  };
}
