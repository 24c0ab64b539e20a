import {
  INHERITED_DETECTION,
  type ApiKeyView,
  type ConnectionView,
  type DetectionView,
  type KillSwitchView,
  type MemberView,
  type PolicyDocument,
  type PolicyView,
  type PolicyWarning,
} from '@portcullis/contracts';
import { checkPolicy } from '@portcullis/policy-engine';
import { summarize } from '../control/control-hub.js';
import type { ReplicaReport } from '../follower/replica-store.js';
import type { OrganizationDirectory } from './organization-directory.js';
import type {
  ApiKeyRecord,
  ConnectionRecord,
  KillSwitchRecord,
  MemberRecord,
  PolicyRecord,
} from './records.js';

export function memberView({ position: _, ...view }: MemberRecord): MemberView {
  return view;
}

export function apiKeyView({ position: _, ...view }: ApiKeyRecord, lastUsedAt: string | null): ApiKeyView {
  return { ...view, lastUsedAt };
}

export function connectionView({ position: _, ...view }: ConnectionRecord): ConnectionView {
  return view;
}

/** `connection` is the slug of the policy's connection. */
export function policyView(
  { position: _, document, ...view }: PolicyRecord,
  connection: string | null,
): PolicyView {
  if (!document) throw new Error(`Policy ${view.id} was never published.`);
  return { ...view, connection, document, warnings: warningsOf(document) };
}

export function killSwitchView(
  { position, ...view }: KillSwitchRecord,
  replicas: readonly ReplicaReport[],
): KillSwitchView {
  return {
    ...view,
    gateways: summarize(
      replicas.flatMap(({ gateways }) => gateways),
      position,
    ),
  };
}

export function detectionView({ detection, connections }: OrganizationDirectory): DetectionView {
  return {
    organization: detection.get('') ?? INHERITED_DETECTION,
    connections: [...connections.values()].flatMap(({ id, slug }) => {
      const settings = detection.get(id);
      return settings ? [{ connectionId: id, slug, ...settings }] : [];
    }),
  };
}

const warnings = new WeakMap<PolicyDocument, readonly PolicyWarning[]>();

/** A document never changes, so it is checked once. */
export function warningsOf(document: PolicyDocument): PolicyWarning[] {
  let known = warnings.get(document);
  if (!known) warnings.set(document, (known = checkPolicy(document).warnings));
  return [...known];
}
