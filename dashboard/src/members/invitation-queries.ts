import type { Role } from '@portcullis/contracts';
import { queryOptions } from '@tanstack/react-query';
import { ask } from '../api/ask.js';

export interface InvitationView {
  readonly id: string;
  readonly email: string;
  readonly role: Role;
  readonly expiresAt: string;
  readonly createdAt?: string;
  readonly acceptedAt?: string | null;
}

/** The answer to inviting holds the link's token, this once. */
export interface MadeInvitation extends InvitationView {
  readonly token?: string;
  readonly url?: string;
}

export const invitationsQuery = queryOptions({
  queryKey: ['invitations'],
  queryFn: () => ask<InvitationView[]>('GET', '/api/v1/invitations?limit=200'),
});

/** The address to hand to whoever was invited. */
export function invitationLink({ token, url }: MadeInvitation, origin: string): string {
  return token === undefined ? (url ?? '') : `${origin}/invitations/${encodeURIComponent(token)}`;
}
