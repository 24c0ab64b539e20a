/** What X-ClickHouse-Summary says; a figure the engine did not tell is left out rather than guessed. */
export interface QuerySummary {
  read_rows?: string;
  read_bytes?: string;
  written_rows?: string;
  written_bytes?: string;
  elapsed_ns: string;
}

type Read = Pick<QuerySummary, 'read_rows' | 'read_bytes'>;

export function nanoseconds(seconds: number): string {
  return String(Math.round(seconds * 1e9));
}

/** From the `statistics` at the end of a JSON or JSONCompact answer; nothing for other formats. */
export function statisticsOf(answer: Uint8Array): Read {
  const tail = Buffer.from(answer.subarray(Math.max(0, answer.length - 400))).toString('latin1');
  const found = /"rows_read":\s*(\d+),\s*"bytes_read":\s*(\d+)\s*\}\s*\}\s*$/.exec(tail);
  return found?.[1] && found[2] ? { read_rows: found[1], read_bytes: found[2] } : {};
}

const ROW = Buffer.from('{"row":');
const PROGRESS = Buffer.from('{"progress":');
const NEWLINE = Buffer.from('\n');

/** Takes JSONEachRowWithProgress apart into JSONEachRow and the last progress it reports. */
export function splitProgress(answer: Buffer): { rows: Buffer; read: Read } {
  const parts: Buffer[] = [];
  let read: Read = {};
  for (let start = 0, end = 0; start < answer.length; start = end + 1) {
    end = answer.indexOf(10, start);
    if (end === -1) end = answer.length;
    if (startsWith(answer, start, ROW)) parts.push(answer.subarray(start + ROW.length, end - 1), NEWLINE);
    else if (startsWith(answer, start, PROGRESS)) {
      const { progress } = JSON.parse(answer.toString('utf8', start, end)) as { progress: Required<Read> };
      read = { read_rows: progress.read_rows, read_bytes: progress.read_bytes };
    }
  }
  return { rows: Buffer.concat(parts), read };
}

function startsWith(buffer: Buffer, at: number, text: Buffer): boolean {
  return buffer.compare(text, 0, text.length, at, at + text.length) === 0;
}
