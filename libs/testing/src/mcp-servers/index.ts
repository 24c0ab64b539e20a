export { createFeatureServer, type FeatureServer } from './feature-server.js';
export {
  startFeatureServer,
  type FeatureServerOptions,
  type RunningFeatureServer,
} from './start-feature-server.js';
