import { Module, type DynamicModule } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { HealthRegistry, type InternalClient } from '@portcullis/service';
import { AlertsController } from './alerts/alerts.controller.js';
import type { Logger } from 'pino';
import { AnomaliesController } from './anomalies/anomalies.controller.js';
import { ApiKeysController } from './api-keys/api-keys.controller.js';
import { AuditEventsController } from './audit-events/audit-events.controller.js';
import { AuditStore } from './audit-store/audit-store.js';
import { PageCursors } from './audit-store/page-cursor.js';
import { ActivityLog } from './activity/activity-log.js';
import { RefusedSignIns } from './activity/refused-sign-ins.js';
import { CallerIdentification } from './authentication/caller-identification.js';
import { CallerGuard, SECURE_COOKIES } from './authentication/caller.guard.js';
import { OWN_ORIGINS, type OwnOrigins } from './authentication/request-origin.js';
import { ConnectionsController } from './connections/connections.controller.js';
import { DashboardController, GATEWAY_PUBLIC_URL } from './dashboard/dashboard.controller.js';
import { EventsController } from './events/events.controller.js';
import { LiveCallers } from './events/live-callers.js';
import { LiveFeed } from './events/live-feed.js';
import { LIVE_LOGGER, LiveGateway } from './events/live.gateway.js';
import { HealthController } from './health/health.controller.js';
import { HEALTH_CLIENTS, ServiceHealth } from './health/service-health.js';
import { InvitationStore } from './invitations/invitation.js';
import { InvitationsController } from './invitations/invitations.controller.js';
import { Invitations } from './invitations/invitations.js';
import { KillSwitchPreview } from './kill-switches/kill-switch-preview.js';
import { AnomalySettingsController } from './anomaly-settings/anomaly-settings.controller.js';
import { KillSwitchesController } from './kill-switches/kill-switches.controller.js';
import { FacetsController } from './lens/facets.controller.js';
import { LensController } from './lens/lens.controller.js';
import { RowPages } from './lens/row-pages.js';
import { MeController } from './me/me.controller.js';
import { MembersController } from './members/members.controller.js';
import { NotificationChannelsController } from './notification-channels/notification-channels.controller.js';
import { NotificationDeliveriesController } from './notification-deliveries/notification-deliveries.controller.js';
import { NotificationRoutesController } from './notification-routes/notification-routes.controller.js';
import { NOTIFICATION_CLIENT, NotificationService } from './notification-service/notification-service.js';
import { OPENAPI_DOCUMENT, OpenApiController } from './openapi/openapi.controller.js';
import { OrganizationController } from './organization/organization.controller.js';
import { CreatedOrganizationStore } from './organizations/created-organization-store.js';
import {
  ORGANIZATION_CREATION_RULES,
  OrganizationCreation,
  type OrganizationCreationRules,
} from './organizations/organization-creation.js';
import { OrganizationsController } from './organizations/organizations.controller.js';
import { PoliciesController } from './policies/policies.controller.js';
import { RulePreview } from './policies/rule-preview.js';
import { POLICY_CLIENT, PolicyService } from './policy-service/policy-service.js';
import { SavedViewsController } from './saved-views/saved-views.controller.js';
import { SavedViewStore } from './saved-views/saved-view-store.js';
import { SessionsController } from './sessions/sessions.controller.js';
import { AccessChanges } from './sign-in/access-changes.js';
import { Accounts } from './sign-in/accounts.js';
import { AttemptLimits } from './sign-in/attempt-limits.js';
import { LoginStore } from './sign-in/login-store.js';
import { Passwords } from './sign-in/passwords.js';
import { SignInController } from './sign-in/sign-in.controller.js';
import { SIGN_IN_LOGGER, SignIn } from './sign-in/sign-in.js';
import { SYSTEM_LOG, SystemStatus, type SystemLog } from './system/system-status.js';
import { SystemController } from './system/system.controller.js';
import { TracesController } from './traces/traces.controller.js';

/** What the API is made of; every part is built in main.ts and only named here. */
export interface ApiParts {
  readonly policyClient: InternalClient;
  readonly notificationClient: InternalClient;
  readonly healthClients: ReadonlyMap<string, InternalClient>;
  readonly health: HealthRegistry;
  readonly store: AuditStore;
  readonly cursors: PageCursors;
  readonly feed: LiveFeed;
  readonly logger: Logger;
  readonly systemLog: SystemLog;
  readonly savedViews: SavedViewStore;
  readonly accounts: Accounts;
  readonly logins: LoginStore;
  readonly accessChanges: AccessChanges;
  readonly invitations: InvitationStore;
  readonly createdOrganizations: CreatedOrganizationStore;
  readonly organizationCreation: OrganizationCreationRules;
  readonly limits: AttemptLimits;
  readonly activity: ActivityLog;
  readonly refusedSignIns: RefusedSignIns;
  readonly origins: OwnOrigins;
  /** Whether people come by https. */
  readonly secureCookies: boolean;
  readonly openapi: object;
  /** Base URL of the gateway as agents reach it. */
  readonly gatewayUrl: string;
}

@Module({})
export class AppModule {
  static with(parts: ApiParts): DynamicModule {
    return {
      module: AppModule,
      controllers: [
        AlertsController,
        AnomaliesController,
        AnomalySettingsController,
        ApiKeysController,
        AuditEventsController,
        ConnectionsController,
        DashboardController,
        EventsController,
        HealthController,
        KillSwitchesController,
        LensController,
        MembersController,
        NotificationChannelsController,
        NotificationDeliveriesController,
        NotificationRoutesController,
        OpenApiController,
        OrganizationController,
        OrganizationsController,
        PoliciesController,
        SessionsController,
        FacetsController,
        InvitationsController,
        MeController,
        SavedViewsController,
        SignInController,
        SystemController,
        TracesController,
      ],
      providers: [
        PolicyService,
        KillSwitchPreview,
        RulePreview,
        RowPages,
        NotificationService,
        LiveCallers,
        LiveGateway,
        ServiceHealth,
        SystemStatus,
        { provide: SYSTEM_LOG, useValue: parts.systemLog },
        CallerIdentification,
        { provide: AccessChanges, useValue: parts.accessChanges },
        SignIn,
        Passwords,
        Invitations,
        OrganizationCreation,
        { provide: CreatedOrganizationStore, useValue: parts.createdOrganizations },
        { provide: ORGANIZATION_CREATION_RULES, useValue: parts.organizationCreation },
        { provide: InvitationStore, useValue: parts.invitations },
        { provide: APP_GUARD, useClass: CallerGuard },
        { provide: Accounts, useValue: parts.accounts },
        { provide: LoginStore, useValue: parts.logins },
        { provide: AttemptLimits, useValue: parts.limits },
        { provide: ActivityLog, useValue: parts.activity },
        { provide: RefusedSignIns, useValue: parts.refusedSignIns },
        { provide: SIGN_IN_LOGGER, useValue: parts.logger },
        { provide: OWN_ORIGINS, useValue: parts.origins },
        { provide: SECURE_COOKIES, useValue: parts.secureCookies },
        { provide: POLICY_CLIENT, useValue: parts.policyClient },
        { provide: NOTIFICATION_CLIENT, useValue: parts.notificationClient },
        { provide: HEALTH_CLIENTS, useValue: parts.healthClients },
        { provide: HealthRegistry, useValue: parts.health },
        { provide: AuditStore, useValue: parts.store },
        { provide: PageCursors, useValue: parts.cursors },
        { provide: LiveFeed, useValue: parts.feed },
        { provide: LIVE_LOGGER, useValue: parts.logger },
        { provide: SavedViewStore, useValue: parts.savedViews },
        { provide: GATEWAY_PUBLIC_URL, useValue: parts.gatewayUrl },
        { provide: OPENAPI_DOCUMENT, useValue: parts.openapi },
      ],
    };
  }
}
