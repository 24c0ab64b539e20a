import { expect, vi } from 'vitest';

/** A handler that waits until it is let through. */
export class Gate {
  count = 0;
  #open!: () => void;
  readonly #opened = new Promise<void>((resolve) => (this.#open = resolve));

  async pass(): Promise<void> {
    this.count += 1;
    await this.#opened;
  }

  open(): void {
    this.#open();
  }

  async entered(count: number): Promise<void> {
    await vi.waitFor(() => expect(this.count).toBeGreaterThanOrEqual(count), {
      timeout: 20_000,
      interval: 10,
    });
  }
}
