import { createHash } from 'node:crypto';
import { ROLES, type Role } from '@portcullis/contracts';
import type { Login, LoginStore } from '../src/sign-in/login-store.js';

/** The login cookie of somebody who is a role in acme, and works in a tenant. */
export function cookieOf(role: Role, tenantId: string): string {
  return `igris.session_token=${role}-${tenantId}`;
}

const digest = (text: string) => createHash('sha256').update(text).digest('hex');
const login = (role: Role, tenantId: string): Login => ({
  session: { id: `${role}-${tenantId}`, createdAt: '', expiresAt: '', address: '', userAgent: '' },
  user: { id: `user-${role}`, email: role, name: role },
  tenantId,
  joined: ['acme', 'foreign'],
});
const known = new Map(
  ROLES.flatMap((role) =>
    ['acme', 'foreign'].map((tenantId) => [digest(`${role}-${tenantId}`), login(role, tenantId)] as const),
  ),
);

const reached = () => Promise.reject(new Error('reached'));

/** A login for each role in acme, and in an organization that does not list them; whatever else is asked is out of reach. */
export const everybody: LoginStore = {
  find: (cookieDigest) => Promise.resolve(known.get(cookieDigest) ?? null),
  findByToken: reached,
  list: reached,
  chooseOrganization: reached,
  end: reached,
  endOthers: reached,
  findUser: reached,
  join: reached,
  sweep: reached,
};
