import { expect, it } from 'vitest';
import { clientSnippets } from './client-snippets.js';

const snippets = clientSnippets({
  gatewayUrl: 'https://gate.example.com',
  slug: 'prod-db',
  key: 'ig_secret',
});

it.each(snippets.map((snippet) => [snippet.client, snippet] as const))(
  '%s is given the address and the key',
  (_, { code }) => {
    expect(code).toContain('prod-db');
    expect(code).toContain('https://gate.example.com');
    expect(code).toContain('ig_secret');
  },
);

it('gives files that are JSON', () => {
  for (const { place, code } of snippets.filter((snippet) => snippet.place.endsWith('.json'))) {
    expect(() => JSON.parse(code) as unknown, place).not.toThrow();
  }
});
