import { controlMessageSchema, type ControlMessage } from '@portcullis/contracts';

/** Longer lines are no control messages. */
const LINE_LIMIT = 64 * 1024;

/** A line of the control stream that this gateway cannot obey: the stream must not go on as if it had. */
export class ControlLineInvalid extends Error {
  override readonly name = 'ControlLineInvalid';
}

/** Cuts the control stream into messages. Types that a later version added are handed over as `null`. */
export class ControlLines {
  private rest = '';

  push(chunk: string): (ControlMessage | null)[] {
    const lines = (this.rest + chunk).split('\n');
    this.rest = lines.pop() ?? '';
    if (this.rest.length > LINE_LIMIT) throw new ControlLineInvalid('a line is too long');
    return lines.filter((line) => line !== '').map(parse);
  }
}

const KNOWN: readonly unknown[] = controlMessageSchema.options.map((option) => option.shape.type.value);

function parse(line: string): ControlMessage | null {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (cause) {
    throw new ControlLineInvalid('a line is not JSON', { cause });
  }
  const message = controlMessageSchema.safeParse(value);
  if (message.success) return message.data;
  if (KNOWN.includes((value as { type?: unknown } | null)?.type)) {
    throw new ControlLineInvalid('a message does not fit its schema', { cause: message.error });
  }
  return null;
}
