import { uuidOf } from '../rows/bounded.js';

/** The envelope and the first field of `data`, as gateways write them. */
const HEAD_BYTES = 4_096;
const TENANT = /"tenantId":"([^"\\]{1,256})"/;
const REQUEST = /"data":\{"requestId":"([^"\\]{1,256})"/;

/**
 * Which call a `CallDecided` is about (`tenant/row id`), found without reading it whole; undefined when it is not
 * written as gateways do. Within a string quotes are escaped, so what is found is a field and not somebody's text.
 */
export function decidedCall(value: Uint8Array): string | undefined {
  const head = Buffer.from(value.buffer, value.byteOffset, Math.min(value.byteLength, HEAD_BYTES)).toString(
    'latin1',
  );
  const tenant = TENANT.exec(head);
  const request = REQUEST.exec(head);
  if (tenant === null || request === null) return undefined;
  return `${tenant[1]}/${uuidOf(request[1] as string)}`;
}
