import { z } from 'zod';
import { parseEndpoint } from '../internal/endpoint.js';

/** `1`, `true`, `yes` or `0`, `false`, `no`. */
export const flag = (fallback: boolean) =>
  z.stringbool({ truthy: ['1', 'true', 'yes'], falsy: ['0', 'false', 'no'] }).default(fallback);

export const port = (fallback: number) => z.coerce.number().int().min(0).max(65_535).default(fallback);

export const integer = (fallback: number, min: number, max: number) =>
  z.coerce.number().int().min(min).max(max).default(fallback);

/** Comma-separated, blanks dropped. */
export const list = () =>
  z
    .string()
    .default('')
    .transform((text) =>
      text
        .split(',')
        .map((item) => item.trim())
        .filter((item) => item !== ''),
    );

/** `unix:/path.sock` or `http://host:port`. */
export const endpoint = () =>
  z.string().transform((text, context) => {
    try {
      return parseEndpoint(text);
    } catch {
      context.addIssue('must be unix:/path or http://host:port');
      return z.NEVER;
    }
  });

/** 32 bytes in base64. */
export const key32 = () =>
  z.string().transform((text, context) => {
    const bytes = Buffer.from(text, 'base64');
    if (bytes.length === 32) return bytes;
    context.addIssue('must be 32 bytes in base64');
    return z.NEVER;
  });
