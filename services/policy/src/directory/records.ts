import type {
  ApiKeyView,
  ConnectionView,
  KillSwitchView,
  MemberView,
  OrganizationView,
  PolicyDocument,
  PolicyView,
} from '@portcullis/contracts';

/** Global position of the event that brought a thing about: the order lists are in. */
interface Positioned {
  readonly position: number;
}

export type OrganizationRecord = OrganizationView;
export type MemberRecord = MemberView & Positioned;
export type ApiKeyRecord = Omit<ApiKeyView, 'lastUsedAt'> & Positioned;
export type ConnectionRecord = ConnectionView & Positioned;
export type PolicyRecord = Omit<PolicyView, 'connection' | 'warnings' | 'document'> &
  Positioned & { readonly document: PolicyDocument | null };
export type KillSwitchRecord = Omit<KillSwitchView, 'gateways'> & Positioned;
