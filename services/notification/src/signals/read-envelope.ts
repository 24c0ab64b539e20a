import { envelopeSchema, type EventEnvelope } from '@portcullis/contracts';
import type { z } from 'zod';
import { InvalidEvent } from './invalid-event.js';

const utf8 = new TextDecoder('utf-8', { fatal: true });
const YEAR_2020 = Date.UTC(2020, 0);
const YEAR_2100 = Date.UTC(2100, 0);

/** Throws `InvalidEvent` for what is no event. */
export function readEnvelope(value: Uint8Array): EventEnvelope {
  const envelope = envelopeSchema.safeParse(readJson(value));
  if (!envelope.success) throw new InvalidEvent('notification.invalid_envelope', placesOf(envelope.error));
  return envelope.data as EventEnvelope;
}

export function readJson(value: Uint8Array): unknown {
  let text: string;
  try {
    text = utf8.decode(value);
  } catch (cause) {
    throw new InvalidEvent('notification.invalid_utf8', 'the record is not UTF-8', { cause });
  }
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new InvalidEvent('notification.invalid_json', 'the record is not JSON', { cause });
  }
}

export function readData<Schema extends z.ZodType>(schema: Schema, data: unknown): z.output<Schema> {
  const parsed = schema.safeParse(data);
  if (!parsed.success) throw new InvalidEvent('notification.invalid_data', placesOf(parsed.error));
  return parsed.data;
}

/** Milliseconds of a time that can be one. */
export function readTime(text: string): number {
  const at = Date.parse(text);
  if (at >= YEAR_2020 && at < YEAR_2100) return at;
  throw new InvalidEvent('notification.event_time', 'a time is not between 2020 and 2100');
}

/** Where the event is wrong, without what it says there. */
function placesOf(error: z.ZodError): string {
  return error.issues
    .slice(0, 5)
    .map((issue) => `${issue.path.map(String).join('.').slice(0, 200) || '(root)'}: ${issue.code}`)
    .join(', ');
}
