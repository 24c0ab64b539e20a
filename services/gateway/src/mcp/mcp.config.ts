import { z } from 'zod';
import { defineConfig, fields } from '@portcullis/service';
import { DEFAULT_LIMITS as LIMIT } from './mcp-limits.js';

const MIB = 1024 * 1024;
const MINUTE = 60_000;

/** Bounds of what one caller, and all of them together, can make the gateway hold (contract section 1). */
export const mcpConfig = defineConfig('MCP', {
  allowedHosts: {
    env: 'PORTCULLIS_ALLOWED_HOSTS',
    schema: fields.list(),
    doc: 'Comma-separated host names clients may address the gateway by, beside `localhost`, the listening address, the public URL and address literals. Guards against DNS rebinding.',
  },
  identityKeyFile: {
    env: 'PORTCULLIS_IDENTITY_KEY_FILE',
    schema: z.string().max(4096).optional(),
    doc: 'PEM file (PKCS #8) of the Ed25519 key that signs identity tokens for upstreams; the same for all gateways. Not set: a new key with each process, so that upstreams must fetch the keys again after a restart.',
  },
  maxConnections: {
    env: 'PORTCULLIS_GATEWAY_MAX_CONNECTIONS',
    schema: fields.integer(10_000, 1, 1_000_000),
    doc: 'Most client connections open at once; more are closed as they come.',
  },
  maxBodyBytes: {
    env: 'PORTCULLIS_GATEWAY_MAX_BODY_BYTES',
    schema: fields.integer(LIMIT.bodyBytes, 1024, 64 * MIB),
    doc: 'Largest request body.',
  },
  maxDepth: {
    env: 'PORTCULLIS_GATEWAY_MAX_DEPTH',
    schema: fields.integer(LIMIT.depth, 8, 64),
    doc: 'Deepest nesting of a request body.',
  },
  maxAnswerBytes: {
    env: 'PORTCULLIS_GATEWAY_MAX_ANSWER_BYTES',
    schema: fields.integer(LIMIT.answerBytes, 1024, 256 * MIB),
    doc: 'Largest answer of an upstream, and largest event of its streams.',
  },
  maxCalls: {
    env: 'PORTCULLIS_GATEWAY_MAX_CALLS',
    schema: fields.integer(LIMIT.calls, 1, 1_000_000),
    doc: 'Most requests under way at once; more are refused as `rate.limited`.',
  },
  maxCallsPerSession: {
    env: 'PORTCULLIS_GATEWAY_MAX_CALLS_PER_SESSION',
    schema: fields.integer(LIMIT.callsPerSession, 1, 100_000),
    doc: 'Most requests under way at once in one protocol session, and most questions an upstream may have open in it.',
  },
  maxStreamsPerSession: {
    env: 'PORTCULLIS_GATEWAY_MAX_STREAMS_PER_SESSION',
    schema: fields.integer(LIMIT.streamsPerSession, 1, 1_000),
    doc: 'Most streams (GET) open at once in one protocol session.',
  },
  maxSessions: {
    env: 'PORTCULLIS_GATEWAY_MAX_SESSIONS',
    schema: fields.integer(LIMIT.sessions, 1, 1_000_000),
    doc: 'Most protocol sessions; the one longest unused makes room.',
  },
  maxSessionsPerKey: {
    env: 'PORTCULLIS_GATEWAY_MAX_SESSIONS_PER_KEY',
    schema: fields.integer(LIMIT.sessionsPerKey, 1, 1_000_000),
    doc: 'Most protocol sessions of one key, so that no key drives out the others.',
  },
  sessionIdleMs: {
    env: 'PORTCULLIS_GATEWAY_SESSION_IDLE_MS',
    schema: fields.integer(LIMIT.sessionIdleMs, 1_000, 24 * 60 * MINUTE),
    doc: 'A protocol session without calls and streams ends after this long.',
  },
});
