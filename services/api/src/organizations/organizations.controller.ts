import { Controller, Inject } from '@nestjs/common';
import type { SignedInPerson } from '../authentication/caller-identification.js';
import { CurrentPerson } from '../authentication/caller.js';
import { IdempotencyKey } from '../http/idempotency-key.js';
import { ApiRoute, Input } from '../http/route.decorators.js';
import type { RouteInput } from '../http/route.js';
import { OrganizationCreation } from './organization-creation.js';
import { createOrganization } from './organizations.routes.js';

@Controller()
export class OrganizationsController {
  constructor(@Inject(OrganizationCreation) private readonly creation: OrganizationCreation) {}

  @ApiRoute(createOrganization)
  create(
    @CurrentPerson() person: SignedInPerson,
    @Input() { body }: RouteInput<typeof createOrganization>,
    @IdempotencyKey() key: string | undefined,
  ) {
    return this.creation.create(person, body.name, key);
  }
}
