export type CallData = Record<string, unknown>;

const SHORT_TEXT = 16 * 1024;
const SHORTEST_TEXT = 1024;

/**
 * Ever shorter forms of a call's data, for a record that is too long as it is: what a caller can make long is cut, what
 * identifies the call stays, and the digests still cover the whole.
 */
export const SHORTER_CALLS: readonly ((data: CallData) => CallData)[] = [
  (data) => cutTexts(data, SHORT_TEXT),
  (data) => ({ ...cutTexts(data, SHORTEST_TEXT), conditions: [], metadata: {} }),
];

function cutTexts(data: CallData, length: number): CallData {
  const cut: CallData = { ...data };
  for (const field of ['name', 'arguments', 'result', 'error']) {
    const text = data[field];
    if (typeof text === 'string' && text.length > length) cut[field] = text.slice(0, length);
  }
  return cut;
}
