import type { ReplicaReport, ReplicaStore } from './replica-store.js';

/**
 * What every live replica reported, and of this one what is true now: what it has just been told by its own gateways
 * must not wait for its own report.
 */
export class LiveReplicas implements Pick<ReplicaStore, 'live'> {
  constructor(
    private readonly store: Pick<ReplicaStore, 'live'>,
    private readonly own: () => ReplicaReport,
  ) {}

  async live(): Promise<readonly ReplicaReport[]> {
    const reported = await this.store.live();
    const own = this.own();
    return [own, ...reported.filter(({ replica }) => replica !== own.replica)];
  }
}
