import { defineConfig, eventLogConfig, fields, outwardConfig, policyEndpointConfig } from '@portcullis/service';
import { z } from 'zod';
import { spoolConfig } from './spool/spool.config.js';

export const gatewayConfig = defineConfig('Gateway', {
  gatewayPort: {
    env: 'PORTCULLIS_GATEWAY_PORT',
    schema: fields.port(4100),
    doc: 'Port MCP clients connect to.',
  },
  apiPublicUrl: {
    env: 'PORTCULLIS_API_PUBLIC_URL',
    schema: z.url({ protocol: /^https?$/ }).default('http://127.0.0.1:4000'),
    doc: 'Where the API is, as clients reach it; told at `/.well-known/portcullis`.',
  },
  allowPrivateUpstreams: {
    env: 'PORTCULLIS_ALLOW_PRIVATE_UPSTREAMS',
    schema: fields.flag(false),
    doc: 'Let connections point at loopback, private and link-local addresses. `npm start` sets it; in production it opens the own network to whoever may create connections.',
  },
});

/** Every section the gateway reads; docs/configuration.md is generated from it. */
export const gatewayConfigSections = [eventLogConfig, policyEndpointConfig, outwardConfig, spoolConfig, gatewayConfig] as const;
