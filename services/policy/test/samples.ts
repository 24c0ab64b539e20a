import type { CommandInput } from './write-deployment.js';

type Sample<T extends CommandInput['type']> = Extract<CommandInput, { type: T }>;

export const createConnection = (
  slug: string,
  over: Partial<Sample<'CreateConnection'>> = {},
): Sample<'CreateConnection'> => ({
  type: 'CreateConnection',
  slug,
  name: slug,
  upstreamUrl: 'https://mcp.example.com/mcp',
  authType: 'none',
  ...over,
});

export const documentNamed = (name: string, action: 'allow' | 'deny' = 'allow') => ({
  name,
  rules: [{ name: `${name}: all`, target: { kind: 'mcp_tool', tool: '*' }, action }],
});

export const createPolicy = (name: string, connection: string | null = null): Sample<'CreatePolicy'> => ({
  type: 'CreatePolicy',
  connection,
  document: documentNamed(name),
});

export const createApiKey = (
  label: string,
  over: Partial<Sample<'CreateApiKey'>> = {},
): Sample<'CreateApiKey'> => ({
  type: 'CreateApiKey',
  label,
  scopes: ['mcp'],
  ...over,
});
