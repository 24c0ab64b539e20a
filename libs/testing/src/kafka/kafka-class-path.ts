import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { access, mkdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const POM = fileURLToPath(new URL('../../kafka/pom.xml', import.meta.url));
const CACHE = fileURLToPath(new URL('../../../../node_modules/.cache/kafka', import.meta.url));
const MAVEN_TIMEOUT_MS = 300_000;

/** Kafka cannot run here: no Java 17, or no Maven to fetch its jars with. Tests skip then, and say so. */
export class KafkaUnavailable extends Error {
  override readonly name = 'KafkaUnavailable';
}

/** Kafka's jars as a Java class path; Maven fetches them once, into node_modules/.cache. */
export async function kafkaClassPath(): Promise<string> {
  await assertJava();
  const version = createHash('sha256')
    .update(await readFile(POM))
    .digest('hex')
    .slice(0, 12);
  const folder = join(CACHE, version);
  if (!(await exists(folder))) await download(folder);
  return join(folder, '*');
}

async function assertJava(): Promise<void> {
  let text: string;
  try {
    text = (await run('java', ['-version'])).stderr;
  } catch (cause) {
    throw new KafkaUnavailable('Java is not installed: tests on Kafka cannot run.', { cause });
  }
  const major = Number(/version "(\d+)/.exec(text)?.[1]);
  if (!(major >= 17))
    throw new KafkaUnavailable(`Kafka needs Java 17 or newer, here is ${major || 'an unknown one'}.`);
}

async function download(folder: string): Promise<void> {
  await mkdir(CACHE, { recursive: true });
  // Renamed into place when whole, so that an interrupted or parallel download is never half used.
  const partial = `${folder}.${process.pid}`;
  try {
    await run(
      'mvn',
      ['-q', '-B', '-f', POM, 'dependency:copy-dependencies', `-DoutputDirectory=${partial}`],
      {
        timeout: MAVEN_TIMEOUT_MS,
      },
    );
  } catch (cause) {
    await rm(partial, { recursive: true, force: true });
    throw new KafkaUnavailable('Maven is missing or could not fetch Kafka: tests on Kafka cannot run.', {
      cause,
    });
  }
  await rename(partial, folder).catch(async (error: unknown) => {
    await rm(partial, { recursive: true, force: true });
    if (!(await exists(folder))) throw error;
  });
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
