import type { TargetKind } from '@portcullis/contracts';
import type { Part } from './json-scanner.js';

/** What a message is about: what rules match on. `name` is empty for kind `method`. */
export interface Target {
  readonly kind: TargetKind;
  readonly name: string;
}

export interface MethodTraits {
  /** What the method acts on; `ref` looks into `params.ref` (completion). */
  readonly kind: TargetKind | 'ref';
  /** Member of `params` that names the target. */
  readonly nameIn?: 'name' | 'uri';
  /** Member of `params` that rules and the audit record see as arguments; all of `params` when absent. */
  readonly argumentsIn?: 'arguments' | 'argument' | 'none';
  /** The member of the result that holds the items, for lists that are filtered. */
  readonly list?: {
    readonly member: 'tools' | 'resources' | 'resourceTemplates' | 'prompts';
    readonly kind: 'tool' | 'resource' | 'prompt';
  };
  /** Leaves state behind in the upstream's session: never served on a session that another call will use. */
  readonly stateful?: boolean;
  /** Capability a client must have declared before an upstream may ask it this. */
  readonly clientCapability?: 'sampling' | 'elicitation' | 'roots';
}

const METHOD: MethodTraits = { kind: 'method' };
const PLAIN: MethodTraits = { kind: 'method', argumentsIn: 'none' };

/** Requests and notifications of the handshake revisions. Methods that are not here are governed as `method`. */
const METHODS: ReadonlyMap<string, MethodTraits> = new Map<string, MethodTraits>([
  ['initialize', PLAIN],
  ['ping', PLAIN],
  ['logging/setLevel', { kind: 'method', stateful: true }],
  ['tools/list', { ...PLAIN, list: { member: 'tools', kind: 'tool' } }],
  ['resources/list', { ...PLAIN, list: { member: 'resources', kind: 'resource' } }],
  ['resources/templates/list', { ...PLAIN, list: { member: 'resourceTemplates', kind: 'resource' } }],
  ['prompts/list', { ...PLAIN, list: { member: 'prompts', kind: 'prompt' } }],
  ['tools/call', { kind: 'tool', nameIn: 'name', argumentsIn: 'arguments' }],
  ['resources/read', { kind: 'resource', nameIn: 'uri', argumentsIn: 'none' }],
  ['resources/subscribe', { kind: 'resource', nameIn: 'uri', argumentsIn: 'none', stateful: true }],
  ['resources/unsubscribe', { kind: 'resource', nameIn: 'uri', argumentsIn: 'none', stateful: true }],
  ['prompts/get', { kind: 'prompt', nameIn: 'name', argumentsIn: 'arguments' }],
  ['completion/complete', { kind: 'ref', argumentsIn: 'argument' }],
  ['tasks/get', { kind: 'method', stateful: true }],
  ['tasks/result', { kind: 'method', stateful: true }],
  ['tasks/list', { kind: 'method', stateful: true }],
  ['tasks/cancel', { kind: 'method', stateful: true }],
  ['sampling/createMessage', { kind: 'method', clientCapability: 'sampling' }],
  ['elicitation/create', { kind: 'method', clientCapability: 'elicitation' }],
  ['roots/list', { ...PLAIN, clientCapability: 'roots' }],
]);

export function methodTraits(method: string): MethodTraits {
  return METHODS.get(method) ?? METHOD;
}

/** Every method with traits of its own. */
export function knownMethods(): string[] {
  return [...METHODS.keys()];
}

/** What the message is about; undefined when its params do not say, so that nothing can be decided. */
export function targetOf(
  traits: MethodTraits,
  params: Record<string, unknown> | undefined,
): Target | undefined {
  if (traits.kind === 'ref') return targetOfReference(params?.['ref']);
  if (traits.nameIn === undefined) return { kind: traits.kind, name: '' };
  const name = params?.[traits.nameIn];
  return typeof name === 'string' ? { kind: traits.kind, name } : undefined;
}

/** Completing an argument reveals values of a prompt or resource, so it is governed as using it. */
function targetOfReference(reference: unknown): Target | undefined {
  if (typeof reference !== 'object' || reference === null) return undefined;
  const { type, name, uri } = reference as Record<string, unknown>;
  if (type === 'ref/prompt' && typeof name === 'string') return { kind: 'prompt', name };
  if (type === 'ref/resource' && typeof uri === 'string') return { kind: 'resource', name: uri };
  return undefined;
}

/** Where the arguments lie that rules and the audit record see; undefined when there are none to see. */
export function argumentsPart(traits: MethodTraits): Part | undefined {
  switch (traits.argumentsIn) {
    case 'arguments':
      return 'params.arguments';
    case 'argument':
      return 'params.argument';
    case 'none':
      return undefined;
    default:
      return 'params';
  }
}
