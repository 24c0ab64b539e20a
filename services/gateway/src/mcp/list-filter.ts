import {
  MessageReader,
  MessageRefused,
  PART,
  keepElements,
  type MethodTraits,
  type RpcAnswer,
} from '@portcullis/mcp';
import type { FilterQuestion, PolicyClient } from '../ports.js';
import { upstreamInvalid } from './call-cut.js';

/** Most items policy takes at once. */
const AT_ONCE = 10_000;
/** An item may be 64 levels deep, and lies in a message, its result and a list. */
const DEPTH = 67;

/** Takes out of lists what the caller may not use, and leaves every other byte as it was. */
export class ListFilter {
  private readonly reader = new MessageReader({ maxDepth: DEPTH });

  constructor(private readonly policy: PolicyClient) {}

  /** The answer itself when nothing is hidden. Rejects with `PolicyUnavailable`, or `CallCut` for a list that says things twice. */
  async visible(
    bytes: Buffer,
    list: NonNullable<MethodTraits['list']>,
    question: Omit<FilterQuestion, 'kind' | 'items'>,
  ): Promise<Buffer> {
    const answer = this.read(bytes);
    const items = (answer.result as Record<string, unknown> | null | undefined)?.[list.member];
    if (!Array.isArray(items) || items.length === 0) return bytes;
    const visible: boolean[] = [];
    for (let start = 0; start < items.length; start += AT_ONCE) {
      const some = items.slice(start, start + AT_ONCE) as unknown[];
      // What is no object is no tool, resource or prompt: policy has nothing to say about it, and nobody misses it.
      const objects = some.filter(isRecord);
      const answers =
        objects.length === 0
          ? []
          : await this.policy.filter({ ...question, kind: list.kind, items: objects });
      let next = 0;
      for (const item of some) visible.push(isRecord(item) && answers[next++] === true);
    }
    if (visible.every(Boolean)) return bytes;
    return keepElements(bytes, answer.places[2 * PART[`result.${list.member}`]]!, visible);
  }

  private read(bytes: Buffer): RpcAnswer {
    try {
      return this.reader.read(bytes) as RpcAnswer;
    } catch (error) {
      if (error instanceof MessageRefused)
        throw upstreamInvalid(`The upstream's list cannot be read: ${error.message}`);
      throw error;
    }
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
