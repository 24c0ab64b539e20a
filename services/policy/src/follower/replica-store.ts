/** A gateway process as the replica it holds its control stream with knows it. */
export interface ConnectedGateway {
  readonly id: string;
  readonly epoch: string;
  /** Global position up to which the gateway has confirmed to have obeyed. */
  readonly confirmed: number;
}

export interface ReplicaReport {
  /** Unique to the process. */
  readonly replica: string;
  /** Every event up to this global position is in force in this replica. */
  readonly position: number;
  readonly gateways: readonly ConnectedGateway[];
}

/**
 * Where replicas say how far they are (`policy.replicas`): a write waits for those that reported within
 * `REPLICA_LIVE_MS`.
 */
export interface ReplicaStore {
  report(report: ReplicaReport): Promise<void>;
  /** What every live replica reported last, this one included. */
  live(): Promise<readonly ReplicaReport[]>;
  /** Called at shutdown, so that writes need not wait for a replica that is gone. */
  remove(replica: string): Promise<void>;
}

/** A replica without a report for this long is dead to writers: it refuses calls by then (architecture section 1). */
export const REPLICA_LIVE_MS = 3_000;
