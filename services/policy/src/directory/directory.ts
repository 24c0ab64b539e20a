import type { RecordedEvent } from '@portcullis/eventing';
import { OrganizationDirectory } from './organization-directory.js';

/**
 * What administration shows, in memory, made of events alone: small next to the rules every replica holds anyway.
 * Sessions and tools are not here; they are tables.
 */
export class Directory {
  readonly #organizations = new Map<string, OrganizationDirectory>();
  #position = 0;

  /** Global position of the last event applied. */
  get position(): number {
    return this.#position;
  }

  /** Events in order; those applied before are passed over. */
  apply(events: readonly RecordedEvent[]): void {
    for (const event of events) {
      if (event.globalPosition <= this.#position) continue;
      this.#of(event.tenantId).apply(event);
      this.#position = event.globalPosition;
    }
  }

  /** Undefined for an organization nobody created. */
  organization(tenantId: string): OrganizationDirectory | undefined {
    const directory = this.#organizations.get(tenantId);
    return directory?.organization ? directory : undefined;
  }

  #of(tenantId: string): OrganizationDirectory {
    let directory = this.#organizations.get(tenantId);
    if (!directory) this.#organizations.set(tenantId, (directory = new OrganizationDirectory()));
    return directory;
  }
}
