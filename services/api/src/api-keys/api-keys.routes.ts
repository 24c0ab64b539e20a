import { apiKeyViewSchema, SCOPES } from '@portcullis/contracts';
import { z } from 'zod';
import { idParams, pageQuery } from '../http/page.js';
import { defineRoute } from '../http/route.js';

const tag = 'API keys';

export const listApiKeys = defineRoute({
  method: 'GET',
  path: '/api-keys',
  access: { scope: 'keys:read' },
  tag,
  summary: 'API keys of the organization',
  query: pageQuery.extend({ includeRevoked: z.stringbool().default(false) }),
  answer: z.array(apiKeyViewSchema),
});

export const getApiKey = defineRoute({
  method: 'GET',
  path: '/api-keys/:id',
  access: { scope: 'keys:read' },
  tag,
  summary: 'One API key',
  params: idParams,
  answer: apiKeyViewSchema,
  problems: ['api_key.not_found'],
});

export const createApiKey = defineRoute({
  method: 'POST',
  path: '/api-keys',
  access: { scope: 'keys:write' },
  tag,
  status: 201,
  summary: 'Create an API key; `secret` is shown this once',
  body: z.strictObject({
    label: z.string().trim().min(1).max(200),
    agent: z.string().trim().min(1).max(200).nullish(),
    scopes: z.array(z.enum(SCOPES)).min(1).default(['mcp']),
    connections: z.array(z.string().max(64)).max(1000).nullish(),
    boundUser: z.string().min(1).max(256).nullish(),
    expiresAt: z.iso.datetime().nullish(),
  }),
  answer: apiKeyViewSchema.extend({ secret: z.string() }),
  problems: ['api_key.scope_not_held', 'connection.not_found'],
});

export const revokeApiKey = defineRoute({
  method: 'DELETE',
  path: '/api-keys/:id',
  access: { scope: 'keys:write' },
  tag,
  summary: 'Revoke an API key; in force at once',
  params: idParams,
  answer: apiKeyViewSchema,
  problems: ['api_key.not_found'],
});
