/**
 * Arrays in Postgres's binary format. `pg` sends a Buffer as a binary parameter, so an array written here travels as
 * it is: as text, each bytea would become escaped hex, which costs the calling process about five times as much
 * (docs/adr/0003-postgres-event-log.md).
 */
const INT4 = 23;
const TEXT = 25;
const BYTEA = 17;
const HEADER_BYTES = 20;

export function int4Array(values: readonly number[]): Buffer {
  const out = start(INT4, values.length, values.length * 8);
  let at = HEADER_BYTES;
  for (const value of values) {
    out.writeInt32BE(4, at);
    out.writeInt32BE(value, at + 4);
    at += 8;
  }
  return out;
}

export function textArray(values: readonly string[]): Buffer {
  let bytes = 0;
  for (const value of values) bytes += 4 + Buffer.byteLength(value, 'utf8');
  const out = start(TEXT, values.length, bytes);
  let at = HEADER_BYTES;
  for (const value of values) {
    const length = out.write(value, at + 4, 'utf8');
    out.writeInt32BE(length, at);
    at += 4 + length;
  }
  return out;
}

export function byteaArray(values: readonly Uint8Array[]): Buffer {
  let bytes = 0;
  for (const value of values) bytes += 4 + value.byteLength;
  const out = start(BYTEA, values.length, bytes);
  let at = HEADER_BYTES;
  for (const value of values) {
    out.writeInt32BE(value.byteLength, at);
    out.set(value, at + 4);
    at += 4 + value.byteLength;
  }
  return out;
}

function start(elementType: number, count: number, bytes: number): Buffer {
  const out = Buffer.allocUnsafe(HEADER_BYTES + bytes);
  out.writeInt32BE(count === 0 ? 0 : 1, 0); // dimensions
  out.writeInt32BE(0, 4); // no nulls
  out.writeInt32BE(elementType, 8);
  out.writeInt32BE(count, 12);
  out.writeInt32BE(1, 16); // lower bound
  return out;
}
