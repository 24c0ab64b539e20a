import { describe, expect, it } from 'vitest';
import { stopProof, stopProofText } from './kill-switch-queries.js';

describe('the proof of a stop', () => {
  it.each([
    [{ gateways: { total: 3, confirmed: 3 }, tookMs: 41.6 }, 'In force on 3 of 3 gateways after 42 ms.'],
    [{ gateways: { total: 1, confirmed: 1 }, tookMs: 9 }, 'In force on 1 of 1 gateway after 9 ms.'],
    [
      { gateways: { total: 2, confirmed: 1 }, tookMs: 1000 },
      'Confirmed on 1 of 2 gateways after 1000 ms. The others refuse everything within two seconds of losing touch.',
    ],
    [
      { gateways: { total: 0, confirmed: 0 } },
      'The order is stored. No gateway is connected, so nothing passes now.',
    ],
    [{ propagating: true }, 'The order is stored and on its way to the gateways.'],
  ])('of %j is read as %s', (meta, text) => {
    expect(stopProofText(stopProof(meta))).toBe(text);
  });
});
