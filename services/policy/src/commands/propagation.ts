import type { Obedience } from '@portcullis/contracts';
import { summarize } from '../control/control-hub.js';
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
/** Somebody wants to know how long it took. */
const ASK_GATEWAYS_AGAIN_MS = 5;

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
      await pause(ASK_AGAIN_MS);
    }
  }

  /**
   * Waits until every connected gateway has confirmed the orders up to a position, until 1 s after `since`
   * (`performance.now()`). Null when it cannot be told who is connected.
   */
  async obeyed(position: number, since: number): Promise<Obedience | null> {
    for (;;) {
      const counted = await this.gateways(position);
      const tookMs = Math.round((performance.now() - since) * 10) / 10;
      const late = tookMs + ASK_GATEWAYS_AGAIN_MS >= PROPAGATION_LIMIT_MS;
      if (counted && (late || counted.confirmed === counted.connected)) {
        return { gateways: { total: counted.connected, confirmed: counted.confirmed }, tookMs };
      }
      if (late) return null;
      await pause(ASK_GATEWAYS_AGAIN_MS);
    }
  }

  private async elsewhere(position: number): Promise<boolean> {
    try {
      const live = await this.options.replicas.live();
      return live.every(
        ({ replica, position: reported }) => replica === this.options.replica || reported >= position,
      );
    } catch {
      return false;
    }
  }

  private async gateways(position: number): Promise<{ confirmed: number; connected: number } | null> {
    try {
      return summarize(
        (await this.options.replicas.live()).flatMap(({ gateways }) => gateways),
        position,
      );
    } catch {
      return null;
    }
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
