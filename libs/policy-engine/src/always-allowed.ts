/**
 * Methods that need no allow: only an `mcp_method` rule can deny them. Lists are here because their items are
 * filtered; tasks because a caller reaches none but its own.
 */
export const ALWAYS_ALLOWED_METHODS: readonly string[] = [
  'initialize',
  'server/discover',
  'ping',
  'tools/list',
  'resources/list',
  'resources/templates/list',
  'prompts/list',
  'logging/setLevel',
  'tasks/list',
  'tasks/get',
  'tasks/result',
  'tasks/update',
  'tasks/cancel',
];

export const ALWAYS_ALLOWED_PREFIX = 'notifications/';

const methods = new Set(ALWAYS_ALLOWED_METHODS);

export function isAlwaysAllowed(method: string): boolean {
  return methods.has(method) || method.startsWith(ALWAYS_ALLOWED_PREFIX);
}
