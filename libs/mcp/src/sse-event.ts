/** Bytes of an event that carries one message. `message` is JSON text; line ends in it are data lines of their own. */
export function sseEvent(message: Buffer, id?: string): Buffer {
  const head = id === undefined ? '' : `id: ${id.replace(/[\r\n\0]/g, '')}\n`;
  if (!message.includes(LF) && !message.includes(CR)) {
    const prefix = Buffer.from(`${head}data: `);
    const event = Buffer.allocUnsafe(prefix.length + message.length + 2);
    prefix.copy(event);
    message.copy(event, prefix.length);
    event.write('\n\n', prefix.length + message.length, 'latin1');
    return event;
  }
  // Blanks outside of strings are all that a line end can be in JSON.
  return Buffer.from(`${head}data: ${message.toString('utf8').replace(/\r\n|\r|\n/g, '\ndata: ')}\n\n`);
}

/** Keeps a connection from looking dead; clients ignore it. */
export const SSE_KEEP_ALIVE = Buffer.from(': keep-alive\n\n');

const LF = 0x0a;
const CR = 0x0d;
