import type {
  ControlReach,
  ErrorProfile,
  IdentitySetting,
  PolicyDocument,
  Role,
  Scope,
} from '@portcullis/contracts';
import type { RuleSet } from './rule-sets.js';
import type { LoadedSecret } from './secret-store.js';

/** What a decide call needs to know of one organization, by reference: following an id costs no more than a field. */
export interface Organization {
  readonly id: string;
  name: string;
  defaultAction: 'deny' | 'alert';
  readonly members: Map<string, Member>;
  readonly keys: Map<string, ApiKey>;
  readonly connections: Map<string, Connection>;
  /** Slugs of connections that exist, disabled ones included. */
  readonly slugs: Map<string, Connection>;
  readonly policies: Map<string, Policy>;
  readonly killSwitches: Map<string, KillSwitch>;
  /** Suspended agent sessions by session id. */
  readonly suspended: Map<string, SuspendedSession>;
  /** Of the organization's own policies, for every connection; null while stale. */
  rules: RuleSet | null;
  /** What they were, while new ones are being compiled between calls; see `RuleSettling`. */
  replaced: RuleSet | null;
}

export interface Member {
  readonly id: string;
  email: string;
  name: string;
  role: Role;
}

export interface ApiKey {
  readonly id: string;
  readonly organization: Organization;
  readonly label: string;
  readonly agent: string | null;
  readonly scopes: readonly Scope[];
  readonly mayCall: boolean;
  /** Connection ids; null for all. */
  readonly connections: ReadonlySet<string> | null;
  readonly boundUser: string | null;
  readonly ownerId: string | null;
  /** Milliseconds since the epoch; infinity when it never expires. */
  readonly expiresAt: number;
  revoked: boolean;
}

export interface Connection {
  readonly id: string;
  readonly organization: Organization;
  slug: string;
  name: string;
  upstreamUrl: string;
  authType: 'none' | 'bearer' | 'header';
  authHeaderName: string | null;
  identity: IdentitySetting;
  errorProfile: ErrorProfile;
  credential: Extract<LoadedSecret, { kind: 'credential' }> | null;
  enabled: boolean;
  /** Global position of the last event that changed what a gateway is told; the same on every replica. */
  revision: number;
  /** Of its own policies; null while stale. */
  rules: RuleSet | null;
  /** See `Organization.replaced`. */
  replaced: RuleSet | null;
}

export interface Policy {
  readonly id: string;
  /** As the document in force has it. */
  name: string;
  /** Null: the organization's. */
  readonly connectionId: string | null;
  /** Global position of its creation: the order among equals. */
  readonly createdPosition: number;
  order: number;
  active: boolean;
  version: number;
  document: PolicyDocument | null;
}

export type KillSwitchScope = 'session' | 'connection' | 'agent' | 'organization';

export interface KillSwitch {
  readonly id: string;
  readonly scope: KillSwitchScope;
  readonly target: string | null;
  readonly mode: 'stop' | 'abort';
  readonly reason: string;
}

export interface SuspendedSession {
  readonly connectionId: string;
  readonly keyId: string;
  readonly reason: string;
}

/** What an event means for those who hold something open. */
export type StateChange =
  | {
      readonly type: 'stopped';
      readonly reach: ControlReach;
      readonly mode: 'stop' | 'abort';
      readonly reason: string;
      readonly cause: 'kill_switch' | 'session_suspended' | 'key_revoked' | 'connection_disabled';
    }
  | { readonly type: 'published'; readonly reach: ControlReach };

/** A change, and the global position of the event that made it. */
export type PositionedChange = StateChange & { readonly position: number };
