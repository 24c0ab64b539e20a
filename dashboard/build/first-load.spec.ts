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
    } as unknown as Rollup.OutputBundle;
    const load = firstLoad(bundle, /live-page\.tsx$/);
    expect([...load.keys()].sort()).toEqual(['live.js', 'main.css', 'main.js', 'shared.js']);
    expect(load.get('main.css')).toBeGreaterThan(0);
  });
});
