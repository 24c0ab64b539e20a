import { problemSchema, SCOPES } from '@portcullis/contracts';
import { z } from 'zod';
import type { RouteDefinition } from '../http/route.js';

type Json = Record<string, unknown>;

/** OpenAPI 3.1 of the routes; `services/api/openapi.json` is this, committed, and CI fails when they differ. */
export function openApiDocument(routes: readonly RouteDefinition[], version: string): Json {
  const paths: Record<string, Json> = {};
  for (const route of [...routes].sort(
    (a, b) => a.path.localeCompare(b.path) || a.method.localeCompare(b.method),
  )) {
    const path = `/api/v1${route.path.replace(/:([a-zA-Z]+)/g, '{$1}')}`;
    (paths[path] ??= {})[route.method.toLowerCase()] = operation(route);
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Portcullis', version, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    servers: [{ url: 'http://127.0.0.1:4000' }],
    components: {
      securitySchemes: {
        apiKey: { type: 'http', scheme: 'bearer', description: `An API key. Scopes: ${SCOPES.join(', ')}.` },
      },
      schemas: { Problem: schemaOf(problemSchema) },
    },
    paths,
  };
}

function operation(route: RouteDefinition): Json {
  const write = route.method !== 'GET';
  return {
    operationId: operationId(route),
    tags: [route.tag],
    summary: route.summary,
    ...(route.access === 'public' ? { security: [] } : { security: [{ apiKey: [] }] }),
    ...(typeof route.access === 'object' ? { 'x-required-scope': route.access.scope } : {}),
    parameters: [
      ...parameters(route.params, 'path'),
      ...parameters(route.query, 'query'),
      ...(write && route.access !== 'public'
        ? [
            {
              name: 'Idempotency-Key',
              in: 'header',
              required: false,
              schema: { type: 'string', maxLength: 256 },
            },
          ]
        : []),
    ],
    ...(route.body
      ? {
          requestBody: {
            required: true,
            content: { 'application/json': { schema: schemaOf(route.body, 'input') } },
          },
        }
      : {}),
    responses: {
      [String(route.status ?? 200)]: {
        description: 'Done',
        content: { [route.answerType ?? 'application/json']: { schema: answer(route) } },
      },
      default: {
        description: `A problem${route.problems ? `: ${route.problems.join(', ')}` : ''}`,
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    },
  };
}

function answer(route: RouteDefinition): Json {
  if (route.answerType !== undefined) return { type: 'string' };
  return {
    type: 'object',
    required: ['data', 'meta'],
    properties: {
      data: route.answer ? schemaOf(route.answer) : {},
      meta: route.meta ? schemaOf(route.meta) : { type: 'object' },
    },
  };
}

function parameters(schema: z.ZodType | undefined, place: 'path' | 'query'): Json[] {
  if (schema === undefined) return [];
  const { properties = {}, required = [] } = schemaOf(schema, 'input') as {
    properties?: Record<string, Json>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, of]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    schema: of,
  }));
}

function schemaOf(schema: z.ZodType, io: 'input' | 'output' = 'output'): Json {
  const { $schema: _schema, ...json } = z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as Json;
  return json;
}

function operationId(route: RouteDefinition): string {
  const words = route.path
    .split('/')
    .filter(Boolean)
    .map((part) => (part.startsWith(':') ? `By-${part.slice(1)}` : part));
  return `${route.method.toLowerCase()}-${words.join('-')}`.replace(/-([a-zA-Z])/g, (_, letter: string) =>
    letter.toUpperCase(),
  );
}
