import type { Actor, Role } from '@portcullis/contracts';

/** Lets whoever holds its link become a member, once. Times: RFC 3339, UTC. */
export interface Invitation {
  readonly id: string;
  readonly tenantId: string;
  readonly email: string;
  readonly role: Role;
  /** Who made it, and must still be allowed to when it is accepted. */
  readonly invitedBy: Actor;
  readonly createdAt: string;
  readonly expiresAt: string;
}

/** Where invitations are kept. Accepted and expired ones do not exist for any question here. */
export abstract class InvitationStore {
  /** Takes the place of an earlier one for the same address. False when the organization has `most` already. */
  abstract add(invitation: Invitation, tokenDigest: string, most: number): Promise<boolean>;
  abstract list(tenantId: string): Promise<Invitation[]>;
  abstract remove(tenantId: string, id: string): Promise<Invitation | null>;
  abstract find(tokenDigest: string): Promise<Invitation | null>;
  /**
   * Takes the invitation before `work` runs, so that whoever comes second finds none. When `work` rejects, it stands as
   * before. Null when there is none.
   */
  abstract accept<Result>(
    tokenDigest: string,
    work: (invitation: Invitation) => Promise<Result>,
  ): Promise<Result | null>;
}
