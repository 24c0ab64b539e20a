import { describe, expect, it, onTestFinished } from 'vitest';
import type { Channel, ChannelTarget, SendResult } from '../src/channels/channel.js';
import { withoutSecrets } from '../src/channels/without-secrets.js';
import { aNotification, anAlert, AT } from './notifications.js';

/** How the receiver of a rig answers. */
export type Answer =
  /** Takes what comes. */
  | 'takes'
  /** Cannot now, and may later. */
  | 'busy'
  /** Will never take it. */
  | 'refuses'
  /** Takes the connection and says nothing. */
  | 'hangs'
  /** Answers with everything it was called with: its address, headers, commands. */
  | 'repeats'
  /** Sends the caller on to `elsewhere`. */
  | 'redirects';

/** A real receiver of one type, and what an organization would have set to reach it. */
export interface ChannelRig {
  readonly channel: Channel;
  readonly target: ChannelTarget;
  /** What must never be told, wherever it stands. */
  readonly secrets: readonly string[];
  answers(answer: Answer): void;
  /** For each message that came in full, how its receiver tells that it is the same as another one. */
  ids(): readonly string[];
  /** Whether anybody came to where a redirect leads. */
  wasLedElsewhere(): boolean;
  /** Closes the receiver: nobody is there any more. */
  leave(): Promise<void>;
  stop(): Promise<void>;
}

export interface ChannelUnderTest {
  readonly name: string;
  start(): Promise<ChannelRig>;
  /** What its protocol cannot say, with the reason. */
  readonly cannot: Partial<Record<Answer, string>>;
}

const another = aNotification({
  id: '0198f5a0-0000-7000-8000-0000000000ff',
  groupKey: 'another',
  alerts: [anAlert({ title: 'another' })],
});
/** Longest a sender may take of its caller's time (`Channel.send`). */
const LONGEST_MS = 20_000;

/** What every way to reach people does, whatever its protocol. */
export function channelContract({ name, start, cannot }: ChannelUnderTest): void {
  const rigged = async (answer: Answer): Promise<ChannelRig> => {
    const rig = await start();
    onTestFinished(() => rig.stop());
    rig.answers(answer);
    return rig;
  };
  const send = ({ channel, target }: ChannelRig, notification = aNotification()) =>
    channel.send(notification, target, new Date(AT));
  /** What a protocol cannot say is no test of its channel, rather than one that is skipped. */
  const able = (answer: Answer, title: string, test: () => Promise<void>) => {
    if (cannot[answer] === undefined) it(title, test);
  };
  /** As it goes on record. */
  const kept = (result: SendResult, { secrets, target }: ChannelRig) => {
    const recorded = JSON.stringify({ ...result, response: withoutSecrets(result.response, target) });
    for (const secret of secrets) expect(recorded).not.toContain(secret);
  };

  describe(`${name}, as every channel`, () => {
    it('delivers once what a receiver takes', async () => {
      const rig = await rigged('takes');
      const result = await send(rig);
      expect(result).toMatchObject({ kind: 'delivered' });
      expect(rig.ids()).toHaveLength(1);
      kept(result, rig);
    });

    it('sends it again as the same message, and another one as another', async () => {
      const rig = await rigged('takes');
      await send(rig);
      await send(rig);
      await send(rig, another);
      const [first, again, other] = rig.ids();
      expect(again).toBe(first);
      expect(other).not.toBe(first);
    });

    able('busy', 'is to be tried again when the receiver cannot now', async () => {
      const rig = await rigged('busy');
      const result = await send(rig);
      expect(result).toMatchObject({ kind: 'retry', error: expect.stringMatching(/^delivery\.[a-z0-9_]+$/) });
      kept(result, rig);
    });

    able('refuses', 'is not to be tried again when the receiver never will', async () => {
      const rig = await rigged('refuses');
      const result = await send(rig);
      expect(result).toMatchObject({
        kind: 'refused',
        error: expect.stringMatching(/^delivery\.[a-z0-9_]+$/),
      });
      kept(result, rig);
    });

    able('redirects', 'follows nobody elsewhere', async () => {
      const rig = await rigged('redirects');
      expect(await send(rig)).toMatchObject({ kind: 'retry' });
      expect(rig.wasLedElsewhere()).toBe(false);
    });

    able('hangs', 'leaves a receiver that hangs, within its time', async () => {
      const rig = await rigged('hangs');
      const late = new AbortController();
      const limit = new Promise((resolve) => {
        const timer = setTimeout(() => resolve('still waiting'), LONGEST_MS);
        late.signal.addEventListener('abort', () => clearTimeout(timer));
      });
      const result = await Promise.race([send(rig), limit]);
      late.abort();
      expect(result).toMatchObject({ kind: 'retry', error: 'delivery.timeout', status: null });
    });

    it('is to be tried again when nobody is there', async () => {
      const rig = await rigged('takes');
      await rig.leave();
      const result = await send(rig);
      expect(result).toMatchObject({ kind: 'retry', error: 'delivery.unreachable', status: null });
      kept(result, rig);
    });

    able('repeats', 'has no secret in what it says of a failure', async () => {
      const rig = await rigged('repeats');
      const result = await send(rig);
      expect(result.kind).not.toBe('delivered');
      kept(result, rig);
    });
  });
}
