import { describe, expect, it } from 'vitest';
import { openApiTypes, typeOf } from './openapi-types.mjs';

describe('typeOf', () => {
  it.each([
    [{ type: 'string' }, 'string'],
    [{ type: ['string', 'null'] }, 'string | null'],
    [{ enum: ['a', 1] }, '"a" | 1'],
    [{ type: 'array', items: { anyOf: [{ type: 'string' }, { type: 'number' }] } }, '(string | number)[]'],
    [
      { type: 'object', properties: { a: { type: 'integer' }, b: {} }, required: ['a'] },
      '{ "a": number; "b"?: unknown }',
    ],
    [{ type: 'object', additionalProperties: { type: 'string' } }, 'Record<string, string>'],
    [{ allOf: [{ const: 'x' }, { type: 'boolean' }] }, '("x") & (boolean)'],
    [{ $ref: '#/components/schemas/Problem' }, 'components["schemas"]["Problem"]'],
    [{ $ref: '#/$defs/__schema0' }, 'unknown'],
    [{ not: {} }, 'unknown'],
  ])('%j is %s', (schema, expected) => {
    expect(typeOf(schema)).toBe(expected);
  });
});

describe('openApiTypes', () => {
  it('makes a parameter optional, and its place with it, unless one there is required', () => {
    const parameter = (name, place, required) => ({ name, in: place, required, schema: { type: 'string' } });
    const text = openApiTypes({
      components: { schemas: {} },
      paths: {
        '/x/{id}': {
          get: {
            parameters: [parameter('id', 'path', true), parameter('q', 'query', false)],
            responses: { 200: {} },
          },
        },
      },
    });
    expect(text).toContain('query?: { "q"?: string }; header?: never; path: { "id": string }');
    expect(text).toContain('requestBody?: never');
  });
});
