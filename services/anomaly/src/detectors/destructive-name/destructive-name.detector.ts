import { actorName, actorOf, connectionName, type CallSeen } from '../../calls/call-seen.js';
import type { Finding } from '../../findings/finding.js';
import { lensQuery, whole } from '../../findings/lens-query.js';
import { nameInText } from '../../findings/plain-text.js';
import { isCooling, raised, RESTED, silenced, type Cooldown } from '../cooldown.js';
import { quiet, type Detector } from '../detector.js';
import { destructiveVerb, type DestructiveVerb } from './destructive-verb.js';

export interface DestructiveNameSettings {
  readonly cooldownMs: number;
}

export interface DestructiveNameState {
  readonly cooldown: Cooldown;
}

/** A call of a tool whose name says that it destroys, whatever the policy said to it. */
export function destructiveName({ cooldownMs }: DestructiveNameSettings): Detector<DestructiveNameState> {
  return {
    kind: 'destructive_name',
    version: 1,
    sizeOf: () => 1,
    observe(state, call) {
      if (call.kind !== 'tool') return quiet(state);
      const verb = destructiveVerb(call.name);
      if (verb === undefined) return quiet(state);
      const cooldown = state?.cooldown ?? RESTED;
      if (isCooling(cooldown, call.at, cooldownMs)) return quiet({ cooldown: silenced(cooldown) });
      const finding = findingOf(call, verb, cooldown, cooldownMs);
      return { state: { cooldown: raised(call.at) }, findings: [finding], forgotten: 0 };
    },
  };
}

function findingOf(call: CallSeen, verb: DestructiveVerb, cooldown: Cooldown, cooldownMs: number): Finding {
  const refused = call.outcome === 'denied';
  const who = nameInText(actorName(call));
  const what = nameInText(call.name);
  const where = nameInText(connectionName(call));
  return {
    kind: 'destructive_name',
    version: 1,
    severity: refused ? 'low' : 'medium',
    title: refused ? `${who} was refused ${what} on ${where}` : `${who} called ${what} on ${where}`,
    subject: `${actorOf(call)}\n${call.name}`,
    personal: true,
    tool: call.name,
    observed: { value: 1, unit: 'calls', detail: { refused } },
    expected: { value: null, threshold: 1, detail: { pattern: `${verb}_*` } },
    window: { from: call.at, to: call.at + 1 },
    lensQuery: {
      q: lensQuery({
        connection: call.connection && whole(call.connection.slug),
        tool: whole(call.name),
      }),
      from: call.at,
      // Calls the cooldown keeps silent about are shown with it.
      to: call.at + cooldownMs,
    },
    evidence: [call.requestId],
    suppressed: cooldown.suppressed,
    cause: call,
  };
}
