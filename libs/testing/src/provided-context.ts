/** Engines that the run's global setup has started, as `inject` hands them to a test file. */
declare module 'vitest' {
  export interface ProvidedContext {
    postgresUrl: string;
    clickhouseUrl: string;
  }
}

type Provided = 'postgresUrl' | 'clickhouseUrl';

/** The url of a shared engine, or undefined outside a vitest run whose project has the global setup. */
export async function providedUrl(name: Provided): Promise<string | undefined> {
  if (process.env['VITEST'] === undefined) return undefined;
  const { inject } = await import('vitest');
  return inject(name) as string | undefined;
}
