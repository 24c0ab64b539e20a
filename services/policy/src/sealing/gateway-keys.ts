import { isSealingPublicKey } from '@portcullis/service';
import { BoundedMap } from '../state/bounded-map.js';

/** Gateway processes remembered. One that was forgotten says its key again with its next control stream or request. */
const LIMIT = 4_096;

/** X25519 keys by gateway process. A process has one key for life: another key for the same epoch is refused. */
export class GatewayKeys {
  readonly #keys = new BoundedMap<string, string>(LIMIT);

  /** False when the key is unusable, or not the one this process is known by. */
  learn(gateway: string, epoch: string, publicKey: string): boolean {
    const process = processOf(gateway, epoch);
    const known = this.#keys.get(process);
    if (known !== undefined) return known === publicKey;
    if (!isSealingPublicKey(publicKey)) return false;
    this.#keys.set(process, publicKey);
    return true;
  }

  of(gateway: string, epoch: string): string | undefined {
    return this.#keys.get(processOf(gateway, epoch));
  }
}

export function processOf(gateway: string, epoch: string): string {
  return `${gateway}\n${epoch}`;
}
