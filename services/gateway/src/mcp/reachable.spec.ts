import { describe, expect, it } from 'vitest';
import { isReached } from './reachable.js';

const what = { tenantId: 'o', agentSession: null, connectionId: 'c', keyId: 'k' };

describe('isReached', () => {
  it('wants every given field to match', () => {
    expect(isReached({ tenantId: 'o' }, what)).toBe(true);
    expect(isReached({ tenantId: 'p' }, what)).toBe(false);
    expect(isReached({ tenantId: 'o', keyId: 'k', connectionId: 'c' }, what)).toBe(true);
    expect(isReached({ tenantId: 'o', keyId: 'k', connectionId: 'd' }, what)).toBe(false);
    expect(isReached({ tenantId: 'o', agentSession: 's' }, what)).toBe(false);
    expect(isReached({ tenantId: 'o', agentSession: 's' }, { ...what, agentSession: 's' })).toBe(true);
  });
});
