import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { Membership, OrganizationView } from '@portcullis/contracts';
import { uuidV8 } from '@portcullis/eventing';
import { ProblemError } from '@portcullis/service';
import type { SignedInPerson } from '../authentication/caller-identification.js';
import { newId } from '../new-id.js';
import { PolicyService, type Written } from '../policy-service/policy-service.js';
import { CreatedOrganizationStore } from './created-organization-store.js';

/** Who may create organizations: those who own one, every member of one, or nobody but the operator. */
export const ORGANIZATION_CREATORS = ['owners', 'members', 'nobody'] as const;

export interface OrganizationCreationRules {
  readonly creators: (typeof ORGANIZATION_CREATORS)[number];
  /** Most that one person creates. */
  readonly mostEach: number;
}

export const ORGANIZATION_CREATION_RULES = Symbol('ORGANIZATION_CREATION_RULES');

/** How organizations come to be after the first. */
@Injectable()
export class OrganizationCreation {
  constructor(
    @Inject(ORGANIZATION_CREATION_RULES) private readonly rules: OrganizationCreationRules,
    @Inject(CreatedOrganizationStore) private readonly created: CreatedOrganizationStore,
    @Inject(PolicyService) private readonly policy: PolicyService,
  ) {}

  mayCreate(memberships: readonly Membership[]): boolean {
    const { creators } = this.rules;
    return (
      creators !== 'nobody' && memberships.some(({ role }) => creators === 'members' || role === 'owner')
    );
  }

  /** Creates one, with the person as its owner. Rejects with 403 `organization.creation_forbidden`, 409 `organization.limit_reached`. */
  async create(
    { login, memberships }: SignedInPerson,
    name: string,
    idempotencyKey?: string,
  ): Promise<Written & { readonly data: OrganizationView }> {
    if (!this.mayCreate(memberships)) {
      throw new ProblemError({
        code: 'organization.creation_forbidden',
        status: 403,
        title: 'You may not create organizations in this deployment.',
      });
    }
    const { user } = login;
    const tenantId = idempotencyKey === undefined ? newId() : idOfRequest(user.id, idempotencyKey);
    if (!(await this.created.claim(user.id, tenantId, this.rules.mostEach))) {
      throw new ProblemError({
        code: 'organization.limit_reached',
        status: 409,
        title: `One person creates at most ${this.rules.mostEach} organizations.`,
      });
    }
    const issuer = {
      principal: { tenantId },
      actor: { type: 'user', id: user.id, name: user.name },
    } as const;
    try {
      const written = await this.policy.command(
        issuer,
        { type: 'CreateOrganization', name, owner: { email: user.email, name: user.name } },
        idempotencyKey,
      );
      return { ...written, data: written.data as OrganizationView };
    } catch (error) {
      // Conflicts are with one that exists; what else was refused never came to be. Without an answer it may have.
      if (error instanceof ProblemError && error.status < 500 && error.status !== 409)
        await this.created.release(user.id, tenantId);
      throw error;
    }
  }
}

/** A UUIDv8 of who asked and by which key: the same request leads to the same organization, also after half of it was lost. */
function idOfRequest(userId: string, idempotencyKey: string): string {
  return uuidV8(
    createHash('sha256')
      .update(JSON.stringify(['portcullis organization', userId, idempotencyKey]))
      .digest(),
  );
}
