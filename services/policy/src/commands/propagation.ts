import type { ReplicaStore } from '../follower/replica-store.js';

export interface PropagationOptions {
  /** This replica. */
  readonly replica: string;
  readonly replicas: Pick<ReplicaStore, 'live'>;
  /** What has to take the position in here. */
  readonly follower: { reached(position: number, timeoutMs: number): Promise<boolean> };
}

export const PROPAGATION_LIMIT_MS = 1_000;
const ASK_AGAIN_MS = 25;

/** Waits until what was written is in force on every live replica, but not for long. */
export class Propagation {
  constructor(private readonly options: PropagationOptions) {}

  /** False when somebody had not reported the position after 1 s. */
  async wait(position: number): Promise<boolean> {
    const deadline = performance.now() + PROPAGATION_LIMIT_MS;
    if (!(await this.options.follower.reached(position, PROPAGATION_LIMIT_MS))) return false;
    for (;;) {
      if (await this.elsewhere(position)) return true;
      if (performance.now() + ASK_AGAIN_MS >= deadline) return false;
      await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MS));
    }
  }

  private async elsewhere(position: number): Promise<boolean> {
    try {
      const live = await this.options.replicas.live();
      return live.every(({ replica, position: reported }) => replica === this.options.replica || reported >= position);
    } catch {
      return false;
    }
  }
}
