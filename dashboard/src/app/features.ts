import { accountFeature } from '../account/account.feature.js';
import { alertsFeature } from '../alerts/alerts.feature.js';
import { apiKeysFeature } from '../api-keys/api-keys.feature.js';
import { connectionsFeature } from '../connections/connections.feature.js';
import { detectionFeature } from '../detection/detection.feature.js';
import { firstStartFeature } from '../first-start/first-start.feature.js';
import { killSwitchFeature } from '../kill-switch/kill-switch.feature.js';
import { lensFeature } from '../lens/lens.feature.js';
import { liveFeature } from '../live/live.feature.js';
import { membersFeature } from '../members/members.feature.js';
import { notificationsFeature } from '../notifications/notifications.feature.js';
import { policiesFeature } from '../policies/policies.feature.js';
import { sessionsFeature } from '../sessions/sessions.feature.js';
import { systemFeature } from '../system/system.feature.js';
import { tracesFeature } from '../traces/traces.feature.js';
import type { Feature } from './feature.js';

/** What the frame is made of: rail entries, commands, searches. */
export const FEATURES: readonly Feature[] = [
  liveFeature,
  lensFeature,
  tracesFeature,
  alertsFeature,
  connectionsFeature,
  policiesFeature,
  sessionsFeature,
  apiKeysFeature,
  detectionFeature,
  notificationsFeature,
  membersFeature,
  systemFeature,
  killSwitchFeature,
  accountFeature,
  firstStartFeature,
];
