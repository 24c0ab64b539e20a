import { defineConfig, eventLogConfig, fields, outboundConfig } from '@portcullis/service';
import { z } from 'zod';

export const policyConfig = defineConfig('Policy service', {
  masterKey: {
    env: 'PORTCULLIS_MASTER_KEY',
    schema: fields.key32(),
    secret: true,
    doc: 'Base64 of 32 random bytes. What seals credentials at rest and hashes API keys is derived from it; without it neither can be used again. Keep it apart from backups of the database.',
  },
});

export const loginConfig = defineConfig('Logins', {
  apiEndpoint: {
    env: 'PORTCULLIS_API_URL',
    schema: fields.endpoint().optional(),
    doc: 'Internal listener of the API, which knows whose login cookies are whose. Without it the gateway takes no cookies.',
  },
});

/** Read by the first start alone. */
export const bootstrapConfig = defineConfig('First start', {
  organizationName: {
    env: 'PORTCULLIS_BOOTSTRAP_ORGANIZATION',
    schema: z.string().trim().min(1).max(200).default('My organization'),
    doc: 'Name of the organization that the first start creates.',
  },
  ownerEmail: {
    env: 'PORTCULLIS_BOOTSTRAP_EMAIL',
    schema: z.email().max(320).default('owner@portcullis.local'),
    doc: 'E-mail address of the owner that the first start creates.',
  },
});

export const policyConfigSections = [policyConfig, loginConfig, eventLogConfig, outboundConfig] as const;
export const bootstrapConfigSections = [policyConfig, bootstrapConfig, eventLogConfig] as const;
