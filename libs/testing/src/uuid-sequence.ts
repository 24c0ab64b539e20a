/** Valid UUIDv7s that count up: `00000000-0000-7000-8000-000000000001` and so on, the same in every run. */
export function uuidSequence(start = 1): () => string {
  let next = start;
  return () => `00000000-0000-7000-8000-${(next++).toString(16).padStart(12, '0')}`;
}
