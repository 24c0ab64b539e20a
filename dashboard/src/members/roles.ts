import type { Role } from '@portcullis/contracts';

/** What a role is for, in one sentence. */
export const ROLE_MEANS: Record<Role, string> = {
  owner: 'Everything, other owners included.',
  admin: 'Everything but owners.',
  developer: 'Connections, policies and keys; sees sessions and the audit history.',
  ciso: 'Sees everything, handles alerts, suspends and stops.',
  auditor: 'Sees everything and changes nothing.',
};
