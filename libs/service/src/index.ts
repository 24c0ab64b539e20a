export { defineConfig, loadConfig, ConfigError } from './config/config-section.js';
export type { ConfigField, ConfigOf, ConfigOfAll, ConfigSection } from './config/config-section.js';
export * as fields from './config/fields.js';
export {
  eventLogConfig,
  outboundConfig,
  outwardConfig,
  policyEndpointConfig,
  processConfig,
} from './config/sections.js';
export { ProblemError } from './errors/problem-error.js';
export {
  problemTranslation,
  type ProblemTranslation,
  type ProblemTranslationOptions,
} from './errors/problem-translation.js';
export { ProblemFilter, problemOf, problemOfIssues } from './errors/problem.filter.js';
export { createMetrics, healthHandler } from './health/health.handler.js';
export { HealthRegistry, type HealthCheck } from './health/health-registry.js';
export { formatEndpoint, parseEndpoint, type Endpoint } from './internal/endpoint.js';
export { InternalClient, type InternalCallOptions } from './internal/internal-client.js';
export {
  InternalListener,
  type InternalHandler,
  type InternalListenerOptions,
} from './internal/internal-listener.js';
export { createLogger, NestLogger } from './logging/logger.js';
export {
  guardedAgent,
  guardedLookup,
  isAllowedAddress,
  isAllowedUpstream,
  OutboundRefused,
  type OutboundGuardOptions,
} from './outbound-guard.js';
export { createHttpApp, type HttpAppOptions } from './runtime/http-app.js';
export { repeat, type RepeatOptions } from './runtime/repeat.js';
export { runService, type ServiceContext } from './runtime/run-service.js';
export { deriveKey, type DerivedKey } from './secrets/derived-key.js';
export { SecretBox, type Sealed } from './secrets/secret-box.js';
export {
  generateSealingKeyPair,
  isSealingPublicKey,
  openSecret,
  sealSecret,
  sealingPrivateKey,
  type SealingKeyPair,
} from './sealed-secret.js';
export { LogConsumer } from './log-consumer/log-consumer.decorator.js';
export { LogConsumerStrategy, type LogConsumerOptions } from './log-consumer/log-consumer.strategy.js';
export { LogContext } from './log-consumer/log-context.js';
export type { PartitionProgress } from './log-consumer/log-progress.js';
