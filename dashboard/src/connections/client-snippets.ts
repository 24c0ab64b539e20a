/** Stands where the key goes while none was made. */
export const KEY_PLACEHOLDER = 'YOUR_AGENT_KEY';

export interface ClientSnippet {
  /** The client's name as an id. */
  readonly id: string;
  readonly client: string;
  /** Where it goes: a file, or a terminal. */
  readonly place: string;
  readonly code: string;
}

/** What to paste into each client so that it calls a connection through the gateway. */
export function clientSnippets({
  gatewayUrl,
  slug,
  key,
}: {
  gatewayUrl: string;
  slug: string;
  key: string;
}): ClientSnippet[] {
  const url = `${gatewayUrl}/v1/mcp/${slug}`;
  const headers = { Authorization: `Bearer ${key}` };
  const json = (value: unknown) => JSON.stringify(value, null, 2);
  const snippets = [
    {
      client: 'Claude Code',
      place: '.mcp.json',
      code: json({ mcpServers: { [slug]: { type: 'http', url, headers } } }),
    },
    { client: 'Cursor', place: '.cursor/mcp.json', code: json({ mcpServers: { [slug]: { url, headers } } }) },
    {
      client: 'VS Code',
      place: '.vscode/mcp.json',
      code: json({ servers: { [slug]: { type: 'http', url, headers } } }),
    },
    {
      client: 'OpenCode',
      place: 'opencode.json',
      code: json({ mcp: { [slug]: { type: 'remote', url, enabled: true, headers } } }),
    },
    {
      client: 'TypeScript',
      place: 'npm install @portcullis/sdk',
      code: [
        "import { Igris } from '@portcullis/sdk';",
        '',
        `const igris = new Igris({ apiKey: '${key}', baseUrl: '${gatewayUrl}' });`,
        `const tools = await igris.mcp.listTools('${slug}');`,
        'console.log(tools.map((tool) => tool.name));',
      ].join('\n'),
    },
    {
      client: 'Python',
      place: 'pip install mcp',
      code: [
        'import asyncio',
        'from mcp import ClientSession',
        'from mcp.client.streamable_http import streamablehttp_client',
        '',
        'async def main():',
        `    headers = {"Authorization": "Bearer ${key}"}`,
        `    async with streamablehttp_client("${url}", headers=headers) as (read, write, _):`,
        '        async with ClientSession(read, write) as session:',
        '            await session.initialize()',
        '            print([tool.name for tool in (await session.list_tools()).tools])',
        '',
        'asyncio.run(main())',
      ].join('\n'),
    },
    {
      client: 'curl',
      place: 'terminal',
      code: [
        `curl ${url} \\`,
        `  -H 'Authorization: Bearer ${key}' \\`,
        "  -H 'Content-Type: application/json' -H 'Accept: application/json, text/event-stream' \\",
        `  -d '{"jsonrpc":"2.0","id":1,"method":"tools/list"}'`,
      ].join('\n'),
    },
  ];
  return snippets.map((snippet) => ({ ...snippet, id: snippet.client.toLowerCase().replaceAll(' ', '-') }));
}
