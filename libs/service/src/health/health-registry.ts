import type { Health } from '@portcullis/contracts';

export type HealthCheck = () => { ok: boolean; detail?: string };

/**
 * The state of one service, assembled from named checks that read memory only: a health page that asks a database hangs
 * with it. `critical` checks decide whether the service is serving; the others make it degraded.
 */
export class HealthRegistry {
  private readonly checks = new Map<string, { check: HealthCheck; critical: boolean }>();
  private readonly startedAt = new Date().toISOString();
  private phase: 'starting' | 'running' | 'stopping' = 'starting';

  constructor(
    private readonly service: string,
    private readonly version: string,
  ) {}

  register(name: string, check: HealthCheck, options: { critical: boolean } = { critical: false }): void {
    this.checks.set(name, { check, critical: options.critical });
  }

  started(): void {
    this.phase = 'running';
  }

  stopping(): void {
    this.phase = 'stopping';
  }

  report(): Health {
    const checks = [...this.checks].map(([name, { check }]) => ({ name, ...check() }));
    const failed = checks.filter((check) => !check.ok);
    const critical = failed.some((check) => this.checks.get(check.name)?.critical === true);
    const status =
      this.phase === 'stopping'
        ? 'stopping'
        : this.phase === 'starting' || critical
          ? 'starting'
          : failed.length > 0
            ? 'degraded'
            : 'serving';
    return { service: this.service, status, version: this.version, startedAt: this.startedAt, checks };
  }
}
