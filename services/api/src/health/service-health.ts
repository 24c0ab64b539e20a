import { Inject, Injectable } from '@nestjs/common';
import { healthSchema, type Health } from '@portcullis/contracts';
import { HealthRegistry, type InternalClient } from '@portcullis/service';

/** The other services' internal clients by name. */
export const HEALTH_CLIENTS = Symbol('HEALTH_CLIENTS');

/** Name of the check that a service which does not answer has failed. */
export const UNREACHABLE = 'reachable';

/** Answers come from memory when younger than this, so that a public page is no way to load the services. */
const FRESH_MS = 500;

@Injectable()
export class ServiceHealth {
  private cached: { at: number; reports: Promise<Health[]> } | undefined;

  constructor(
    @Inject(HEALTH_CLIENTS) private readonly clients: ReadonlyMap<string, InternalClient>,
    @Inject(HealthRegistry) private readonly own: HealthRegistry,
  ) {}

  /** The report of every service that exists, in a fixed order; one that cannot be reached reports itself `stopping`. */
  reports(): Promise<Health[]> {
    const now = Date.now();
    if (this.cached === undefined || now - this.cached.at > FRESH_MS)
      this.cached = { at: now, reports: this.ask() };
    return this.cached.reports;
  }

  private async ask(): Promise<Health[]> {
    const others = [...this.clients].map(([name, client]) => ask(name, client));
    return [...(await Promise.all(others)), this.own.report()];
  }
}

async function ask(service: string, client: InternalClient): Promise<Health> {
  try {
    return healthSchema.parse((await client.probe('/health', { timeoutMs: 2_000 })).body);
  } catch {
    return {
      service,
      status: 'stopping',
      version: '',
      checks: [{ name: UNREACHABLE, ok: false, detail: 'The service does not answer.' }],
    };
  }
}
