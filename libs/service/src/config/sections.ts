import { z } from 'zod';
import { defineConfig } from './config-section.js';
import { endpoint, flag, list } from './fields.js';

/** Settings of every service. */
export const processConfig = defineConfig('Every service', {
  logLevel: {
    env: 'PORTCULLIS_LOG_LEVEL',
    schema: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace']).default('info'),
    doc: 'Least severe level written to the log. Argument values, secrets and tokens are never logged, at any level.',
  },
  internalListen: {
    env: 'PORTCULLIS_INTERNAL_LISTEN',
    schema: endpoint(),
    doc: 'Where this service answers the other services, `/health` and `/metrics`: `unix:/path.sock` (created with mode 0600) or `http://host:port`.',
  },
  internalToken: {
    env: 'PORTCULLIS_INTERNAL_TOKEN',
    schema: z.string().min(32).max(256),
    secret: true,
    doc: 'Bearer token the services present to each other, at least 32 characters. Required on every internal listener; the same for all services.',
  },
});

/** The event log: Kafka when brokers are given, else the log in Postgres. */
export const eventLogConfig = defineConfig('Event log', {
  kafkaBrokers: {
    env: 'PORTCULLIS_KAFKA_BROKERS',
    schema: list(),
    doc: 'Comma-separated `host:port` of Kafka 3.5 or newer. Empty: the event log is kept in Postgres.',
  },
  postgresUrl: {
    env: 'PORTCULLIS_POSTGRES_URL',
    schema: z.url({ protocol: /^postgres(ql)?$/ }),
    secret: true,
    doc: 'PostgreSQL 15 or newer: `postgres://user:password@host:port/database`. Holds the control plane and, without Kafka, the event log.',
  },
});

export const policyEndpointConfig = defineConfig('Policy service', {
  policyUrl: {
    env: 'PORTCULLIS_POLICY_URL',
    schema: endpoint(),
    doc: 'Internal listener of the policy service: `unix:/path.sock` or `http://host:port`.',
  },
});

/** What clients and browsers see. */
export const outwardConfig = defineConfig('Outward listeners', {
  host: {
    env: 'PORTCULLIS_HOST',
    schema: z.string().min(1).max(255).default('127.0.0.1'),
    doc: 'Address the gateway and the API listen on.',
  },
  publicUrl: {
    env: 'PORTCULLIS_PUBLIC_URL',
    schema: z.url({ protocol: /^https?$/ }).optional(),
    doc: 'Address people and agents use when a proxy or load balancer stands in front; used in snippets, discovery documents and Host checks.',
  },
  trustedProxies: {
    env: 'PORTCULLIS_TRUSTED_PROXIES',
    schema: list(),
    doc: 'Comma-separated addresses or CIDR ranges whose `X-Forwarded-For` is believed. Empty: `source.ip` is the peer.',
  },
  allowedOrigins: {
    env: 'PORTCULLIS_ALLOWED_ORIGINS',
    schema: list(),
    doc: 'Comma-separated origins of browser pages that may call, beside the own address. CORS answers them alone.',
  },
  tlsCertFile: {
    env: 'PORTCULLIS_TLS_CERT_FILE',
    schema: z.string().max(4096).optional(),
    doc: 'PEM certificate chain. With the key file, the outward listener speaks https.',
  },
  tlsKeyFile: {
    env: 'PORTCULLIS_TLS_KEY_FILE',
    schema: z.string().max(4096).optional(),
    doc: 'PEM private key of the certificate.',
  },
});

/** Where connections to upstreams may lead. */
export const outboundConfig = defineConfig('Upstreams', {
  allowPrivateUpstreams: {
    env: 'PORTCULLIS_ALLOW_PRIVATE_UPSTREAMS',
    schema: flag(false),
    doc: 'Whether upstream servers may be on loopback or private addresses. Link-local addresses are refused always.',
  },
});
