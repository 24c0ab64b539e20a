import { collectDefaultMetrics, Registry } from 'prom-client';
import type { InternalHandler } from '../internal/internal-listener.js';
import type { HealthRegistry } from './health-registry.js';

/** A registry with the process's own figures in it. Metric names are `<service>_<noun>_<unit>`; ids never go in labels. */
export function createMetrics(service: string): Registry {
  const registry = new Registry();
  registry.setDefaultLabels({ service });
  collectDefaultMetrics({ register: registry });
  return registry;
}

/** `/health` and `/metrics` for the internal listener. */
export function healthHandler(health: HealthRegistry, metrics: Registry): InternalHandler {
  return (request, response) => {
    if (request.url === '/health') {
      const report = health.report();
      const ready = report.status === 'serving' || report.status === 'degraded';
      response.writeHead(ready ? 200 : 503, { 'content-type': 'application/json' });
      response.end(JSON.stringify(report));
      return true;
    }
    if (request.url === '/metrics') {
      metrics.metrics().then(
        (text) => {
          response.writeHead(200, { 'content-type': metrics.contentType });
          response.end(text);
        },
        () => {
          response.writeHead(500);
          response.end();
        },
      );
      return true;
    }
    return false;
  };
}
