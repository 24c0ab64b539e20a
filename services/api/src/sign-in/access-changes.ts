import { Injectable } from '@nestjs/common';

/**
 * Tells, within this replica, whose access may be less than it was, by the id of a login, a member or an API key: what is
 * open for them looks again at once. Told by what serves the command, and for other replicas by `AccessChangeFollower`.
 */
@Injectable()
export class AccessChanges {
  readonly #listeners = new Set<(id: string) => void>();

  subscribe(listener: (id: string) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  tell(...ids: readonly string[]): void {
    for (const id of ids) for (const listener of this.#listeners) listener(id);
  }
}
