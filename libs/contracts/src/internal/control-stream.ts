import { z } from 'zod';

/**
 * `POST /internal/v1/control`: one stream from policy to each gateway process, newline-delimited JSON, never ending.
 * The request introduces the gateway; its key is what credentials are sealed to. Heartbeats come every 500 ms;
 * after 2 s of silence the gateway closes governed streams and refuses (contract section 4).
 */
export const CONTROL_PATH = '/internal/v1/control';
export const CONTROL_HEARTBEAT_MS = 500;
export const CONTROL_SILENCE_MS = 2000;

export const controlHelloSchema = z.object({
  gateway: z.object({ id: z.string().max(128), epoch: z.string().max(64) }),
  /** Raw X25519 public key, base64url. */
  publicKey: z.string().length(43),
  /**
   * Highest position the gateway's last stream told it of; absent for a process that had none. Orders given since are
   * repeated after the welcome.
   */
  after: z.number().int().nonnegative().optional(),
});
export type ControlHello = z.infer<typeof controlHelloSchema>;

/** Which open streams an instruction reaches. All given fields must match. */
const reach = z.object({
  tenantId: z.string(),
  agentSession: z.string().optional(),
  connectionId: z.string().optional(),
  keyId: z.string().optional(),
});
export type ControlReach = z.infer<typeof reach>;

export const controlMessageSchema = z.discriminatedUnion('type', [
  /**
   * `resumed: false` (only when the hello gave `after`): orders since then are no longer known; the gateway closes every
   * governed stream, as after a silence.
   */
  z.object({
    type: z.literal('welcome'),
    replica: z.string(),
    position: z.number(),
    resumed: z.boolean().optional(),
  }),
  z.object({ type: z.literal('heartbeat'), at: z.string(), position: z.number() }),
  /** Stop: close governed streams; `abort` also closes unary calls in flight (outcome `unknown`). */
  z.object({
    type: z.literal('stop'),
    reach,
    mode: z.enum(['stop', 'abort']),
    reason: z.string(),
    cause: z.enum(['kill_switch', 'session_suspended', 'key_revoked', 'connection_disabled']),
    /** What to confirm once the order is obeyed. */
    position: z.number().optional(),
  }),
  /** Lists the caller sees may have changed: forget cached filters and tell clients `list_changed`. */
  z.object({ type: z.literal('published'), reach, position: z.number().optional() }),
]);
export type ControlMessage = z.infer<typeof controlMessageSchema>;

/**
 * `POST /internal/v1/control/ack`, to the replica that holds the gateway's stream: every order up to `position` has been
 * obeyed. 204; 404 when there is no such stream. Asked for after each `stop`; positions of heartbeats may be confirmed too.
 */
export const CONTROL_ACK_PATH = '/internal/v1/control/ack';
export const controlAckSchema = z.object({
  gateway: z.object({ id: z.string().max(128), epoch: z.string().max(64) }),
  position: z.number().int().nonnegative(),
});
export type ControlAck = z.infer<typeof controlAckSchema>;
