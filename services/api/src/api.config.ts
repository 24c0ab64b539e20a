import {
  defineConfig,
  eventLogConfig,
  fields,
  outwardConfig,
  policyEndpointConfig,
} from '@portcullis/service';
import { z } from 'zod';
import { ORGANIZATION_CREATORS } from './organizations/organization-creation.js';

export const loginSecretConfig = defineConfig('API service: logins', {
  loginSecret: {
    env: 'PORTCULLIS_LOGIN_SECRET',
    schema: z.string().min(32).max(256),
    secret: true,
    doc: 'What login cookies are signed with, at least 32 random characters; the same for all replicas of the API. Another one ends every login.',
  },
});

export const apiConfig = defineConfig('API service', {
  apiPort: {
    env: 'PORTCULLIS_API_PORT',
    schema: fields.port(4000),
    doc: 'Port of the API and the dashboard.',
  },
  dashboardDir: {
    env: 'PORTCULLIS_DASHBOARD_DIR',
    schema: z.string().default(''),
    doc: 'Folder of the built dashboard. Unset: `dashboard/dist` of the repository the service runs from. Without a build there the API serves alone.',
  },
  gatewayPublicUrl: {
    env: 'PORTCULLIS_GATEWAY_PUBLIC_URL',
    schema: z
      .url({ protocol: /^https?$/ })
      .default('http://127.0.0.1:4100')
      .transform((url) => url.replace(/\/+$/, '')),
    doc: 'Where agents reach the gateway: the address in the configurations that the dashboard shows for pasting.',
  },
  loginHours: {
    env: 'PORTCULLIS_LOGIN_HOURS',
    schema: fields.integer(168, 1, 8_760),
    doc: 'Hours after which a login ends, however much it is used.',
  },
  organizationCreators: {
    env: 'PORTCULLIS_ORGANIZATION_CREATION',
    schema: z.enum(ORGANIZATION_CREATORS).default('owners'),
    doc: 'Who may create organizations: `owners` of one, `members` of one, or `nobody` but the operator.',
  },
  organizationsPerPerson: {
    env: 'PORTCULLIS_ORGANIZATIONS_PER_PERSON',
    schema: fields.integer(10, 1, 100),
    doc: 'Most organizations that one person creates.',
  },
  clickhouseUrl: {
    env: 'PORTCULLIS_CLICKHOUSE_URL',
    schema: z.url({ protocol: /^https?$/ }),
    secret: true,
    doc: 'ClickHouse 26.3 or newer over HTTP: `http://user:password@host:port/database`. The API only reads; give it a read-only user.',
  },
  gatewayEndpoint: {
    env: 'PORTCULLIS_GATEWAY_URL',
    schema: fields.endpoint(),
    doc: 'Internal listener of the gateway, for the health page.',
  },
  auditEndpoint: {
    env: 'PORTCULLIS_AUDIT_URL',
    schema: fields.endpoint(),
    doc: 'Internal listener of the audit service, for the health page.',
  },
  anomalyEndpoint: {
    env: 'PORTCULLIS_ANOMALY_URL',
    schema: fields.endpoint(),
    doc: 'Internal listener of the anomaly service, for the health page.',
  },
  notificationEndpoint: {
    env: 'PORTCULLIS_NOTIFICATION_URL',
    schema: fields.endpoint(),
    doc: 'Internal listener of the notification service: alerts, channels, routes and deliveries.',
  },
});

/** Every section the API service reads; docs/configuration.md is generated from it. */
export const apiConfigSections = [
  eventLogConfig,
  policyEndpointConfig,
  outwardConfig,
  apiConfig,
  loginSecretConfig,
] as const;

/** What `create-person` reads. */
export const createPersonConfigSections = [eventLogConfig, loginSecretConfig] as const;
