import { describe, expect, it } from 'vitest';
import { bytesOf, decided } from '../../test/events.js';
import { readEvent } from '../rows/read-event.js';
import { decidedCall } from './decided-call.js';

const at = { topic: 'gateway.calls.v1', partition: 0, offset: 1n };
/** As a whole reading has it. */
const read = (value: Uint8Array) => {
  const { row } = readEvent(value, at);
  return `${row.tenant_id}/${row.event_id}`;
};

describe('decidedCall', () => {
  it('names the call as reading it whole does', () => {
    for (const facts of [
      {},
      { requestId: 'no uuid' },
      { requestId: '0197C0DE-0000-7000-8000-00000000000A' },
    ]) {
      const value = bytesOf(decided(1, facts));
      expect(decidedCall(value)).toBe(read(value));
    }
  });

  it('is not led astray by what callers send', () => {
    const told = '"data":{"requestId":"other","tenantId":"other"}';
    const value = bytesOf(
      decided(2, { arguments: `{${told}}`, user: told, metadata: { requestId: 'other', tenantId: 'other' } }),
    );
    expect(decidedCall(value)).toBe(read(value));
  });

  it.each([
    ['no JSON at all', Buffer.from([0xff, 0xfe])],
    ['another order of fields', Buffer.from('{"tenantId":"t","data":{"method":"x","requestId":"r"}}')],
    ['escapes in its ids', Buffer.from('{"tenantId":"t","data":{"requestId":"r\\"x"}}')],
    ['nothing', Buffer.alloc(0)],
  ])('does not guess: %s', (_, value) => {
    expect(decidedCall(value)).toBeUndefined();
  });
});
