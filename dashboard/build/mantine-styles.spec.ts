import type { Rollup } from 'vite';
import { expect, it } from 'vitest';
import { missingClasses } from './mantine-styles.js';

it('names the classes that are used and have rules that were left out, and no others', () => {
  const bundle = {
    'main.js': {
      type: 'chunk',
      fileName: 'main.js',
      code: 'x={root:"m_11111111",label:"m_22222222",bare:"m_33333333"}',
    },
    'main.css': { type: 'asset', fileName: 'main.css', source: '.m_11111111{color:red}' },
  } as unknown as Rollup.OutputBundle;
  expect(missingClasses(bundle, '.m_11111111{} .m_22222222{} .m_44444444{}')).toEqual(['m_22222222']);
});
