import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Plugin, Rollup } from 'vite';

/** Class names of Mantine's components as they stand in code and in styles. */
const CLASS = /\bm_[0-9a-f]{6,8}\b/g;

/** Fails the build when a component is used whose styles src/theme/mantine.css leaves out: it would stand there bare. */
export function mantineStyles(): Plugin {
  return {
    name: 'portcullis:mantine-styles',
    apply: 'build',
    generateBundle(_options, bundle) {
      const all = readFileSync(createRequire(import.meta.url).resolve('@mantine/core/styles.css'), 'utf8');
      const missing = missingClasses(bundle, all);
      if (missing.length > 0)
        this.error(
          `src/theme/mantine.css leaves out the styles of a component that is used: ${missing.join(', ')}. ` +
            'Look which file of @mantine/core/styles has them, and add it.',
        );
    },
  };
}

/** The class names that code of the bundle uses, `all` has rules for, and the bundle's own styles have not. */
export function missingClasses(bundle: Rollup.OutputBundle, all: string): string[] {
  const known = new Set(all.match(CLASS));
  const used = new Set<string>();
  const styled = new Set<string>();
  for (const output of Object.values(bundle)) {
    if (output.type === 'chunk') for (const name of output.code.match(CLASS) ?? []) used.add(name);
    else if (output.fileName.endsWith('.css'))
      for (const name of String(output.source).match(CLASS) ?? []) styled.add(name);
  }
  return [...used].filter((name) => known.has(name) && !styled.has(name)).sort();
}
