import type { RouteDefinition } from './http/route.js';
import * as alerts from './alerts/alerts.routes.js';
import * as anomalies from './anomalies/anomalies.routes.js';
import * as anomalySettings from './anomaly-settings/anomaly-settings.routes.js';
import * as apiKeys from './api-keys/api-keys.routes.js';
import * as auditEvents from './audit-events/audit-events.routes.js';
import * as connections from './connections/connections.routes.js';
import * as dashboard from './dashboard/dashboard.routes.js';
import * as events from './events/events.routes.js';
import * as health from './health/health.routes.js';
import * as invitations from './invitations/invitations.routes.js';
import * as killSwitches from './kill-switches/kill-switches.routes.js';
import * as lensFacets from './lens/facets.routes.js';
import * as lens from './lens/lens.routes.js';
import * as me from './me/me.routes.js';
import * as members from './members/members.routes.js';
import * as notificationChannels from './notification-channels/notification-channels.routes.js';
import * as notificationDeliveries from './notification-deliveries/notification-deliveries.routes.js';
import * as notificationRoutes from './notification-routes/notification-routes.routes.js';
import * as openapi from './openapi/openapi.routes.js';
import * as organization from './organization/organization.routes.js';
import * as organizations from './organizations/organizations.routes.js';
import * as policies from './policies/policies.routes.js';
import * as savedViews from './saved-views/saved-views.routes.js';
import * as sessions from './sessions/sessions.routes.js';
import {
  changePassword,
  chooseOrganization,
  endLogin,
  listLogins,
  signIn,
  signOut,
} from './sign-in/sign-in.routes.js';
import * as system from './system/system.routes.js';
import * as traces from './traces/traces.routes.js';

/** Every REST route: what OpenAPI shows and what the access matrix tests. */
export const ROUTES: readonly RouteDefinition[] = [
  alerts,
  anomalies,
  anomalySettings,
  apiKeys,
  auditEvents,
  connections,
  dashboard,
  events,
  health,
  killSwitches,
  lens,
  members,
  notificationChannels,
  notificationDeliveries,
  notificationRoutes,
  openapi,
  organization,
  organizations,
  policies,
  sessions,
  invitations,
  lensFacets,
  me,
  savedViews,
  { changePassword, chooseOrganization, endLogin, listLogins, signIn, signOut },
  system,
  traces,
].flatMap((module) => Object.values(module) as RouteDefinition[]);
