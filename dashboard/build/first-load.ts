import { gzipSync } from 'node:zlib';
import type { Plugin, Rollup } from 'vite';

/** Bytes after gzip of everything a browser fetches before the first page stands. */
export const FIRST_LOAD_BUDGET = 300 * 1024;

/** What the first load fetches: file name to bytes after gzip. */
export type FirstLoad = ReadonlyMap<string, number>;

/** Fails the build when the entry, what it imports and the modules a person always lands on weigh more than the budget. */
export function firstLoadBudget(landing: RegExp, preloaded: RegExp): Plugin {
  return {
    name: 'portcullis:first-load-budget',
    apply: 'build',
    generateBundle(_options, bundle) {
      const load = firstLoad(bundle, landing, preloaded);
      const total = [...load.values()].reduce((sum, bytes) => sum + bytes, 0);
      const kib = (total / 1024).toFixed(1);
      if (total > FIRST_LOAD_BUDGET) {
        const lines = [...load]
          .sort(([, a], [, b]) => b - a)
          .map(([name, bytes]) => `  ${(bytes / 1024).toFixed(1)} KiB  ${name}`);
        this.error(
          `The first load is ${kib} KiB after gzip; ${FIRST_LOAD_BUDGET / 1024} KiB is the most it may be.\n${lines.join('\n')}`,
        );
      }
      this.info(`first load: ${kib} KiB after gzip in ${load.size} files`);
    },
  };
}

/** The entry chunks, the modules a person always lands on, everything these import at once, their styles, and what the page preloads. */
export function firstLoad(bundle: Rollup.OutputBundle, landing: RegExp, preloaded: RegExp): FirstLoad {
  const wanted = new Set(Object.keys(bundle).filter((name) => preloaded.test(name)));
  const follow = (name: string): void => {
    const chunk = bundle[name];
    if (wanted.has(name) || chunk?.type !== 'chunk') return;
    wanted.add(name);
    chunk.imports.forEach(follow);
    chunk.viteMetadata?.importedCss.forEach((css) => wanted.add(css));
  };
  for (const chunk of Object.values(bundle)) {
    // By what is in it: a chunk that others were merged into is no module's own any more.
    if (chunk.type === 'chunk' && (chunk.isEntry || chunk.moduleIds.some((id) => landing.test(id))))
      follow(chunk.fileName);
  }
  return new Map([...wanted].map((name) => [name, gzipSync(contentOf(bundle[name]), { level: 9 }).length]));
}

function contentOf(output: Rollup.OutputAsset | Rollup.OutputChunk | undefined): string | Uint8Array {
  if (output === undefined) return '';
  return output.type === 'chunk' ? output.code : output.source;
}
