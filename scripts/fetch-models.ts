import { createHash } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pacote from 'pacote';
import { messageOf } from '../src/core/studio-error';

/** The npm package that ships the three models (MIT), pinned by its hash. */
const PACKAGE = 'faceplugin-face-recognition-js@0.0.1';
const INTEGRITY =
  'sha512-shriXjd4zJHEwhK1jHK+bWo8Vv6Vu9B/w6RRsd4AFtNM/jaI2vhuOamOSMl9qQmLd8WlQ7dgqN+3C2iOi5pXWw==';

/** The files of the package that the studio needs, and their SHA-256. */
const models: Readonly<Record<string, string>> = {
  'fr_feature.onnx': '87aacdfe57510db2af90c0251df680e8eec88f122ee94712121d09bcaaaf3581',
  'fr_detect.onnx': '6c0256ccd3164f844736a401faf936ec2930764a87ae39442180887d0c5c8854',
  'fr_landmark.onnx': 'f10b0ba1d2a8a099adefede1ebf3733e44fe370715e7303dbeb7f59c02142258',
} as const;

/** Options of {@link fetchModels}; the defaults are what the studio uses, the rest is for tests. */
export interface FetchModelsOptions {
  readonly directory?: string;
  /** Unpacks the package into a folder; may call `onTotal` with its unpacked size. */
  readonly extract?: (folder: string, onTotal: (bytes: number) => void) => Promise<unknown>;
  readonly hashes?: Readonly<Record<string, string>>;
  readonly say?: (line: string) => void;
  /** Called every second with the bytes unpacked so far, and their total if it is known. */
  readonly onProgress?: (bytes: number, total?: number) => void;
}

/**
 * Puts the three models into `public/models/`, unless they are there with the right hashes. Files
 * are moved into place after all hashes have been checked and all copies made, so that no partial
 * file is ever visible or left behind.
 * @throws Error with one sentence if the registry can't be reached, or a file isn't the pinned one
 */
export async function fetchModels(options: FetchModelsOptions = {}): Promise<void> {
  const {
    directory = 'public/models',
    extract = extractPackage,
    hashes = models,
    say = console.log,
    onProgress,
  } = options;
  const names = Object.keys(hashes);
  const partOf = (name: string) => join(directory, `${name}.part`);
  const present = await Promise.all(
    names.map(async (name) => (await sha256(join(directory, name))) === hashes[name]),
  );
  if (present.every(Boolean)) return;
  say(`Fetching the face models (${PACKAGE}) …`);
  const folder = await mkdtemp(join(tmpdir(), 'scf-models-'));
  let total: number | undefined;
  let isOver = false;
  const report = async () => {
    const bytes = onProgress ? await bytesIn(folder) : 0;
    if (!isOver) onProgress?.(bytes, total);
  };
  const reporting = setInterval(() => void report(), 1000);
  onProgress?.(0);
  try {
    const onTotal = (bytes: number) => {
      total = bytes;
    };
    await extract(folder, onTotal).catch((cause: unknown) => {
      const [reason] = messageOf(cause).split('\n');
      throw new Error(
        `The face models could not be fetched from the npm registry (${reason}). Connect ` +
          'to a network and run the command again.',
        { cause },
      );
    });
    for (const name of names) {
      const found = await sha256(join(folder, 'model', name));
      if (found !== hashes[name]) {
        throw new Error(
          `${name} in ${PACKAGE} has SHA-256 ${found ?? '(no such file)'}; ${hashes[name]} ` +
            'was expected. Nothing was installed.',
        );
      }
    }
    await mkdir(directory, { recursive: true });
    for (const name of names) await copyFile(join(folder, 'model', name), partOf(name));
    for (const name of names) await rename(partOf(name), join(directory, name));
  } finally {
    isOver = true;
    clearInterval(reporting);
    for (const left of [folder, ...names.map(partOf)])
      await rm(left, { recursive: true, force: true });
  }
  say(`The face models are in ${directory}.`);
}

/** Downloads with npm's own client, from the registry that the user's npm is set to. */
async function extractPackage(folder: string, onTotal: (bytes: number) => void): Promise<void> {
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const registry =
    process.env.npm_config_registry ??
    execFileSync(npm, ['config', 'get', 'registry'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  const options = {
    registry: registry.trim(),
    integrity: INTEGRITY,
    fetchRetries: 1,
    fetchRetryMintimeout: 500,
    fetchTimeout: 60_000,
  } as pacote.Options;
  const { dist } = await pacote.manifest(PACKAGE, options);
  if (dist?.unpackedSize) onTotal(dist.unpackedSize);
  await pacote.extract(PACKAGE, folder, options);
}

/** Bytes of all files below a folder while it is written; a file that disappears counts 0. */
async function bytesIn(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const sizes = await Promise.all(
    entries
      .filter((entry) => entry.isFile())
      .map((entry) =>
        stat(join(entry.parentPath, entry.name)).then(
          ({ size }) => size,
          () => 0,
        ),
      ),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** The SHA-256 of a file in hex; null if it can't be read. */
async function sha256(path: string): Promise<string | null> {
  try {
    return createHash('sha256')
      .update(await readFile(path))
      .digest('hex');
  } catch {
    return null;
  }
}
