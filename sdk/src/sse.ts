/** Longest event this client keeps in memory, in UTF-16 units. */
const LONGEST_EVENT = 32 * 1024 * 1024;

/** The JSON messages of an event stream, in order. Comments and events without data are passed over. */
export async function* messagesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<unknown> {
  const decoder = new TextDecoder();
  const reader = body.getReader();
  let pending = '';
  try {
    for (;;) {
      const { done, value } = await reader.read();
      pending += decoder.decode(value, { stream: !done });
      if (pending.length > LONGEST_EVENT) throw new RangeError('an event of the answer is too long');
      const events = pending.split(/\r\n\r\n|\n\n|\r\r/);
      pending = done ? '' : (events.pop() ?? '');
      for (const event of events) {
        const data = event
          .split(/\r\n|\n|\r/)
          .filter((line) => line.startsWith('data:'))
          .map((line) => line.slice(5).replace(/^ /, ''))
          .join('\n');
        if (data !== '') yield JSON.parse(data) as unknown;
      }
      if (done) return;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}
