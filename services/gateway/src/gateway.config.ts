import { z } from 'zod';
import {
  defineConfig,
  eventLogConfig,
  fields,
  outboundConfig,
  outwardConfig,
  policyEndpointConfig,
} from '@portcullis/service';
import { mcpConfig } from './mcp/mcp.config.js';
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
});

/** Every section the gateway reads; docs/configuration.md is generated from it. */
export const gatewayConfigSections = [
  eventLogConfig,
  policyEndpointConfig,
  outwardConfig,
  outboundConfig,
  spoolConfig,
  mcpConfig,
  gatewayConfig,
] as const;
