import { Controller, Inject } from '@nestjs/common';
import { effectiveScopes, type OrganizationView } from '@portcullis/contracts';
import { CurrentCaller, type Caller } from '../authentication/caller.js';
import { ApiRoute } from '../http/route.decorators.js';
import { OrganizationCreation } from '../organizations/organization-creation.js';
import { PolicyService } from '../policy-service/policy-service.js';
import { getMe } from './me.routes.js';

@Controller()
export class MeController {
  constructor(
    @Inject(PolicyService) private readonly policy: PolicyService,
    @Inject(OrganizationCreation) private readonly creation: OrganizationCreation,
  ) {}

  @ApiRoute(getMe)
  async me(@CurrentCaller() caller: Caller) {
    const { principal, person } = caller;
    const scopes = effectiveScopes(principal.scopes);
    if (person?.membership) {
      const organizations = person.memberships.map(({ organization, role }) => ({ ...organization, role }));
      const { organization, role } = person.membership;
      return {
        data: {
          user: person.login.user,
          apiKey: null,
          organization,
          organizations,
          mayCreateOrganizations: this.creation.mayCreate(person.memberships),
          role,
          scopes,
        },
        meta: {},
      };
    }
    const { id, name } = (await this.policy.one(caller, { type: 'organization' })).data as OrganizationView;
    const apiKey = { id: principal.id, label: principal.name };
    return {
      data: {
        user: null,
        apiKey,
        organization: { id, name },
        organizations: [],
        mayCreateOrganizations: false,
        role: null,
        scopes,
      },
      meta: {},
    };
  }
}
