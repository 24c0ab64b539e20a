import { readFileSync } from 'node:fs';
import type { ConfigOfAll } from '@portcullis/service';
import type { gatewayConfigSections } from '../gateway.config.js';
import type { McpGatewaySettings } from './mcp-gateway.js';
import { DEFAULT_LIMITS } from './mcp-limits.js';

/** Of the ten seconds a service has to stop. */
const DRAIN_MS = 5_000;

/** The configuration as the MCP side takes it. Throws for files that cannot be read. */
export function mcpSettings(config: ConfigOfAll<typeof gatewayConfigSections>): McpGatewaySettings {
  const { tlsCertFile, tlsKeyFile } = config;
  if ((tlsCertFile === undefined) !== (tlsKeyFile === undefined)) {
    throw new Error('PORTCULLIS_TLS_CERT_FILE and PORTCULLIS_TLS_KEY_FILE go together');
  }
  return {
    host: config.host,
    port: config.gatewayPort,
    tls:
      tlsCertFile === undefined || tlsKeyFile === undefined
        ? undefined
        : { cert: readFileSync(tlsCertFile), key: readFileSync(tlsKeyFile) },
    publicUrl: config.publicUrl,
    apiUrl: config.apiPublicUrl,
    trustedProxies: config.trustedProxies,
    allowedHosts: config.allowedHosts,
    allowedOrigins: config.allowedOrigins,
    identityKey:
      config.identityKeyFile === undefined ? undefined : readFileSync(config.identityKeyFile, 'utf8'),
    maxConnections: config.maxConnections,
    drainMs: DRAIN_MS,
    limits: {
      ...DEFAULT_LIMITS,
      bodyBytes: config.maxBodyBytes,
      depth: config.maxDepth,
      answerBytes: config.maxAnswerBytes,
      calls: config.maxCalls,
      callsPerSession: config.maxCallsPerSession,
      streamsPerSession: config.maxStreamsPerSession,
      sessions: config.maxSessions,
      sessionsPerKey: config.maxSessionsPerKey,
      sessionIdleMs: config.sessionIdleMs,
    },
  };
}
