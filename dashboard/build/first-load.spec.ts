import type { Rollup } from 'vite';
import { describe, expect, it } from 'vitest';
import { firstLoad } from './first-load.js';

const chunk = (
  fileName: string,
  parts: { isEntry?: boolean; moduleIds?: string[]; imports?: string[]; css?: string[] },
) => ({
  type: 'chunk',
  fileName,
  code: fileName,
  isEntry: false,
  moduleIds: [],
  ...parts,
  imports: parts.imports ?? [],
  viteMetadata: { importedCss: new Set(parts.css ?? []) },
});

describe('firstLoad', () => {
  it('counts the entry, the landing page and what they import, once, and no other page', () => {
    const bundle = {
      'main.js': chunk('main.js', { isEntry: true, imports: ['shared.js'], css: ['main.css'] }),
      'live.js': chunk('live.js', {
        moduleIds: ['/src/live/live-feed.ts', '/src/live/live-page.tsx'],
        imports: ['shared.js'],
      }),
      'lens.js': chunk('lens.js', { moduleIds: ['/src/lens/lens-page.tsx'], imports: ['editor.js'] }),
      'shared.js': chunk('shared.js', {}),
      'editor.js': chunk('editor.js', {}),
      'main.css': { type: 'asset', fileName: 'main.css', source: 'a{}' },
      'text.woff2': { type: 'asset', fileName: 'text.woff2', source: 'font' },
      'rare.woff2': { type: 'asset', fileName: 'rare.woff2', source: 'font' },
    } as unknown as Rollup.OutputBundle;
    const load = firstLoad(bundle, /live-page\.tsx$/, /^text/);
    expect([...load.keys()].sort()).toEqual(['live.js', 'main.css', 'main.js', 'shared.js', 'text.woff2']);
    expect(load.get('main.css')).toBeGreaterThan(0);
  });
});
