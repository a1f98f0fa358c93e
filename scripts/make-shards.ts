import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packTar, type TarEntry } from 'modern-tar';
import sharp from 'sharp';
import { degrade } from '../src/faces/degradation';
import { renderFace } from '../src/faces/synthetic/render-face';
import { identityFrom } from '../src/faces/synthetic/face-identity';
import { captureFrom } from '../src/faces/synthetic/face-capture';
import { seededRandom, shuffled } from '../src/core/seeded-random';

/** To be raised with every change after which the same seed gives other pictures. */
const GENERATOR_VERSION = 1;
/** Pictures that are made concurrently, between two progress reports. */
const BATCH = 16;

/** What to make; every field has a default. */
export interface ShardOptions {
  readonly identities?: number;
  readonly perIdentity?: number;
  readonly shards?: number;
  readonly seed?: number;
  readonly directory?: string;
  /** Called with the pictures made so far and their total; never if the shards exist already. */
  readonly onProgress?: (done: number, total: number) => void;
}

interface Manifest {
  readonly name: string;
  readonly shards: readonly {
    readonly name: string;
    readonly images: number;
    readonly bytes: number;
  }[];
  readonly images: number;
  readonly identities: number;
  readonly seed: number;
  readonly generatorVersion: number;
}

/**
 * Writes WebDataset shards of synthetic faces and their manifest.json. Each file is written whole
 * or not at all, the manifest last. Does nothing if the directory already holds these shards.
 */
export async function makeShards({
  identities = 240,
  perIdentity = 20,
  shards = 6,
  seed = 777,
  directory = 'public/shards/demo',
  onProgress,
}: ShardOptions = {}): Promise<void> {
  const images = identities * perIdentity;
  if (await exists(directory, { identities, images, shards, seed })) return;
  await mkdir(directory, { recursive: true });
  // An older manifest must not describe shards that are being replaced.
  await rm(join(directory, 'manifest.json'), { force: true });
  const order = shuffled(
    Array.from({ length: images }, (_, i) => i),
    seededRandom(seed, 0x5a),
  );
  let done = 0;
  onProgress?.(done, images);
  const written: Manifest['shards'][number][] = [];
  for (let shard = 0; shard < shards; shard++) {
    const mine = order.slice(
      Math.floor((shard * images) / shards),
      Math.floor(((shard + 1) * images) / shards),
    );
    const entries: TarEntry[] = [];
    for (let at = 0; at < mine.length; at += BATCH) {
      const batch = mine.slice(at, at + BATCH);
      const records = await Promise.all(
        batch.map((i) => recordOf(seed, Math.floor(i / perIdentity), i % perIdentity)),
      );
      entries.push(...records.flat());
      done += batch.length;
      onProgress?.(done, images);
    }
    const name = `demo-${String(shard).padStart(4, '0')}.tar`;
    const tar = await packTar(entries);
    await writeWhole(join(directory, name), tar);
    written.push({ name, images: mine.length, bytes: tar.length });
  }
  const manifest: Manifest = {
    name: 'Synthetic faces',
    shards: written,
    images,
    identities,
    seed,
    generatorVersion: GENERATOR_VERSION,
  };
  await writeWhole(join(directory, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`);
}

/** Renders, degrades and compresses one picture. @returns its three members in the shard */
async function recordOf(seed: number, index: number, copy: number): Promise<TarEntry[]> {
  const capture = captureFrom(seed, index, copy);
  const clean = renderFace(identityFrom(seed, index), capture);
  const { data, width, height } = degrade(
    clean,
    capture.degradation,
    seededRandom(seed, index, copy, 0xd1).int(2 ** 32),
  );
  const jpeg = await sharp(data, { raw: { width, height, channels: 3 } })
    .jpeg({ quality: 95 })
    .toBuffer();
  const key = `${String(index).padStart(5, '0')}-${String(copy).padStart(3, '0')}`;
  const member = (extension: string, body: Uint8Array): TarEntry => ({
    header: { name: `${key}.${extension}`, size: body.length, mtime: new Date(0) },
    body,
  });
  const text = (value: string) => new TextEncoder().encode(value);
  return [
    member('jpg', jpeg),
    member('cls', text(String(index))),
    member('json', text(JSON.stringify({ degradation: capture.degradation }))),
  ];
}

/** Whether the directory holds shards of these settings, each with its full size. */
async function exists(
  directory: string,
  wanted: { identities: number; images: number; shards: number; seed: number },
): Promise<boolean> {
  try {
    const found = JSON.parse(await readFile(join(directory, 'manifest.json'), 'utf8')) as Manifest;
    const same =
      found.identities === wanted.identities &&
      found.images === wanted.images &&
      found.seed === wanted.seed &&
      found.generatorVersion === GENERATOR_VERSION &&
      found.shards.length === wanted.shards;
    if (!same) return false;
    const sizes = await Promise.all(
      found.shards.map(
        async ({ name, bytes }) => (await stat(join(directory, name))).size === bytes,
      ),
    );
    return sizes.every(Boolean);
  } catch {
    return false;
  }
}

/** Writes a file, whole or not at all. */
async function writeWhole(path: string, content: Uint8Array | string): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  await writeFile(temporary, content);
  await rename(temporary, path);
}
