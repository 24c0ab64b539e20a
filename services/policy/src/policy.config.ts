import { defineConfig, eventLogConfig, fields, outboundConfig } from '@portcullis/service';

export const policyConfig = defineConfig('Policy service', {
  masterKey: {
    env: 'PORTCULLIS_MASTER_KEY',
    schema: fields.key32(),
    secret: true,
    doc: 'Base64 of 32 random bytes. What seals credentials at rest and hashes API keys is derived from it; without it neither can be used again. Keep it apart from backups of the database.',
  },
});

export const policyConfigSections = [policyConfig, eventLogConfig, outboundConfig] as const;
