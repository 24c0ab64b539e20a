import type { Bootstrap } from './bootstrap.js';

/** Client configuration to paste, with the agent's key; never the owner's. */
export function snippets(
  { gatewayUrl, agentKey }: Pick<Bootstrap, 'gatewayUrl' | 'agentKey'>,
  slug: string,
): string {
  const url = `${gatewayUrl}/v1/mcp/${slug}`;
  const headers = { Authorization: `Bearer ${agentKey}` };
  const json = (value: unknown) => JSON.stringify(value, undefined, 2);
  return [
    'Claude Code (.mcp.json):',
    json({ mcpServers: { [slug]: { type: 'http', url, headers } } }),
    '',
    'Cursor (.cursor/mcp.json):',
    json({ mcpServers: { [slug]: { url, headers } } }),
    '',
    'OpenCode (opencode.json):',
    json({ mcp: { [slug]: { type: 'remote', url, enabled: true, headers } } }),
    '',
    'Any other client: Streamable HTTP',
    `  URL     ${url}`,
    `  Header  Authorization: ${headers.Authorization}`,
  ].join('\n');
}
