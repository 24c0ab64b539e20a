import {
  AUTH_TYPES,
  connectionFields,
  connectionViewSchema,
  effectiveRuleViewSchema,
  ERROR_PROFILES,
  toolViewSchema,
} from '@portcullis/contracts';
import { z } from 'zod';
import { idParams, pageQuery } from '../http/page.js';
import { defineRoute } from '../http/route.js';

const tag = 'Connections';
const { slug: _slug, ...changeable } = connectionFields;

export const listConnections = defineRoute({
  method: 'GET',
  path: '/connections',
  access: { scope: 'connections:read' },
  tag,
  summary: 'Connections of the organization',
  query: pageQuery,
  answer: z.array(connectionViewSchema),
});

export const getConnection = defineRoute({
  method: 'GET',
  path: '/connections/:id',
  access: { scope: 'connections:read' },
  tag,
  summary: 'One connection, by id or slug',
  params: idParams,
  answer: connectionViewSchema,
  problems: ['connection.not_found'],
});

export const createConnection = defineRoute({
  method: 'POST',
  path: '/connections',
  access: { scope: 'connections:write' },
  tag,
  status: 201,
  summary: 'Create a connection; the credential can be written and never read',
  body: z.strictObject(connectionFields),
  answer: connectionViewSchema,
  problems: ['connection.slug_taken', 'connection.upstream_forbidden'],
});

export const changeConnection = defineRoute({
  method: 'PATCH',
  path: '/connections/:id',
  access: { scope: 'connections:write' },
  tag,
  summary: 'Change a connection, rotate its credential, switch it on or off',
  params: idParams,
  body: z.strictObject({
    ...changeable,
    name: changeable.name.optional(),
    upstreamUrl: changeable.upstreamUrl.optional(),
    authType: z.enum(AUTH_TYPES).optional(),
    errorProfile: z.enum(ERROR_PROFILES).optional(),
    enabled: z.boolean().optional(),
  }),
  answer: connectionViewSchema,
  problems: ['connection.not_found', 'connection.upstream_forbidden'],
});

export const deleteConnection = defineRoute({
  method: 'DELETE',
  path: '/connections/:id',
  access: { scope: 'connections:write' },
  tag,
  summary: 'Delete a connection; its audit history stays',
  params: idParams,
  answer: connectionViewSchema,
  problems: ['connection.not_found'],
});

export const testConnection = defineRoute({
  method: 'POST',
  path: '/connections/:id/test',
  access: { scope: 'connections:write' },
  tag,
  summary: 'Ask the upstream whether it speaks MCP',
  params: idParams,
  answer: z.object({
    ok: z.boolean(),
    reason: z.string().nullable(),
    latencyMs: z.number(),
    server: z.object({ name: z.string(), version: z.string() }).nullable(),
    protocolVersion: z.string().nullable(),
  }),
  problems: ['connection.not_found'],
});

export const listTools = defineRoute({
  method: 'GET',
  path: '/connections/:id/tools',
  access: { scope: 'connections:read' },
  tag,
  summary: 'Tools that were listed through the gateway, with first and last seen',
  params: idParams,
  query: pageQuery,
  answer: z.array(toolViewSchema),
  problems: ['connection.not_found'],
});

export const listEffectiveRules = defineRoute({
  method: 'GET',
  path: '/connections/:id/effective-rules',
  access: { scope: 'policies:read' },
  tag,
  summary:
    "Every rule a call is held against, in the order they are asked: the organization's policies, then the connection's",
  params: idParams,
  query: pageQuery,
  answer: z.array(effectiveRuleViewSchema),
  problems: ['connection.not_found'],
});
