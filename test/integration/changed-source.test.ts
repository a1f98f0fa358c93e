import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { packTar } from 'modern-tar';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MemoryFileStore } from '../../src/formats/bytes/memory-file-store';
import { smallBackbone, smallConfig, smallDecoder, smallSource } from '../fixtures/small-run';
import { startNodeWasm } from '../../src/cli/node/node-backend';
import { openSource } from '../../src/cli/node/node-files';
import type { FaceRecord } from '../../src/faces/face-record';
import type { FaceSource } from '../../src/faces/face-source';
import { StudioError } from '../../src/core/studio-error';
import type { RunConfig } from '../../src/training/config/run-config';
import type { SessionEvent } from '../../src/training/session/run-events';
import { TrainingSession } from '../../src/training/session/training-session';

let root: string;
const records: FaceRecord[] = [];
beforeAll(async () => {
  await startNodeWasm();
  root = await mkdtemp(join(tmpdir(), 'changed-'));
  for await (const record of smallSource.open({ seed: 0, epoch: 0, shuffleBuffer: 0 }))
    records.push(record);
});
afterAll(() => rm(root, { recursive: true }));

async function put(path: string, bytes: Uint8Array): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), bytes);
}

const tarOf = (faces: readonly FaceRecord[]) =>
  packTar(
    faces.flatMap(({ key, label, encoded }) => [
      {
        header: { name: `${key}.jpg`, size: encoded.length, type: 'file' as const },
        body: encoded,
      },
      { header: { name: `${key}.cls`, size: 1, type: 'file' as const }, body: String(label) },
    ]),
  );

/** Writes a set as `<person>/<key>.jpg`. */
async function putFolder(name: string, faces: readonly FaceRecord[]): Promise<void> {
  for (const { key, label, encoded } of faces) await put(`${name}/${label}/${key}.jpg`, encoded);
}

/** The stores that survive a run. */
const machine = () => ({ records: new MemoryFileStore(), store: new MemoryFileStore() });

/** Runs to the end: how many pictures the backbone embedded to train on, notices and losses. */
async function runOn(
  kept: ReturnType<typeof machine>,
  source: FaceSource,
  changes: Partial<RunConfig> = {},
): Promise<{ seen: number; notices: string[]; losses: number[]; ended: string }> {
  const backbone = smallBackbone();
  let seen = 0;
  let isTrained = false;
  const config = smallConfig({ shards: 'files:00000.tar', epochs: 1, ...changes });
  const run: typeof backbone.run = (batch) => {
    if (!isTrained) seen += batch.size;
    return backbone.run(batch);
  };
  const events: SessionEvent[] = [];
  const session = new TrainingSession({
    config,
    backbone: { ...backbone, run },
    source,
    decoder: smallDecoder,
    store: kept.store,
    features: kept.records,
    post: (event) => {
      events.push(event);
      isTrained ||= event.type === 'validation' && event.result.epoch === config.epochs;
    },
    maxBlockBytes: 2 ** 30,
    bytesAllocated: () => 0,
  });
  const ended = await session.run().catch((thrown: Error) => thrown.message);
  session.dispose();
  backbone.dispose();
  const notices = events.flatMap((event) => (event.type === 'notice' ? [event.text] : []));
  const losses = events.flatMap((event) =>
    event.type === 'steps' ? event.metrics.map(({ loss }) => loss) : [],
  );
  return { seen, notices, losses, ended };
}

const opened = (folder: string) => openSource(join(root, folder));
const changed = [expect.stringMatching(/^The pictures of .* changed since .*read again\.$/)];
/** The records with shuffled labels. */
const relabelled = () => records.map((face, i) => ({ ...face, label: (face.label + i) % 10 }));

describe('a source whose contents changed under the same name', () => {
  it('is embedded again, with a notice: another tar of this name, then the first one', async () => {
    const kept = machine();
    const [one, two] = [await tarOf(records), await tarOf(records.slice(0, 60))];
    await put('set/00000.tar', one);
    const first = await runOn(kept, await opened('set'));
    expect(first).toMatchObject({ seen: 96, notices: [], ended: 'finished' });
    await put('set/00000.tar', two);
    const second = await runOn(kept, await opened('set'));
    expect(second).toMatchObject({ seen: 64, notices: changed });
    expect(second.losses).toEqual((await runOn(machine(), await opened('set'))).losses);
    await put('set/00000.tar', one);
    const again = await runOn(kept, await opened('set'));
    expect(again).toMatchObject({ seen: 0, notices: [], losses: first.losses });
  });

  it('is trained with its new labels after it was relabelled in place', async () => {
    const kept = machine();
    await put('labels/00000.tar', await tarOf(records));
    await runOn(kept, await opened('labels'));
    await put('labels/00000.tar', await tarOf(relabelled()));
    const after = await runOn(kept, await opened('labels'));
    expect(after).toMatchObject({ seen: 96, notices: changed });
    expect(after.losses).toEqual((await runOn(machine(), await opened('labels'))).losses);
  });

  it('is read whole if it is a folder that grew', async () => {
    const kept = machine();
    await putFolder('grown', records.slice(0, 50));
    expect(await runOn(kept, await opened('grown'))).toMatchObject({ seen: 64, notices: [] });
    await putFolder('grown', records);
    expect(await runOn(kept, await opened('grown'))).toMatchObject({ seen: 96, notices: changed });
  });

  it.each<[string, Partial<RunConfig>]>([
    ['class centres of a stream', { features: 'stream' }],
    ['growing class centres', { features: 'stream', centres: 'growing', epochs: 2 }],
  ])('has its %s made again', async (_, how) => {
    const kept = machine();
    await put('stream/00000.tar', await tarOf(records));
    await runOn(kept, await opened('stream'), how);
    await put('stream/00000.tar', await tarOf(relabelled()));
    const after = await runOn(kept, await opened('stream'), how);
    expect(after.notices).toEqual(changed);
    const fresh = await runOn(machine(), await opened('stream'), how);
    expect(after).toMatchObject({ losses: fresh.losses, seen: fresh.seen });
  });
});

describe('the same contents under another name', () => {
  it('are not embedded again', async () => {
    const kept = machine();
    await put('named/a.tar', await tarOf(records));
    const first = await runOn(kept, await opened('named'), { shards: 'files:a.tar' });
    await rename(join(root, 'named'), join(root, 'renamed'));
    await rename(join(root, 'renamed/a.tar'), join(root, 'renamed/b.tar'));
    const other = await runOn(kept, await opened('renamed'), { shards: 'files:b.tar' });
    expect(other).toMatchObject({ seen: 0, notices: [], losses: first.losses });
  });
});

describe('a source whose server cannot be reached', () => {
  const unreachable = (): Promise<never> =>
    Promise.reject(new StudioError('network', 'The server is away.', 'Wait.'));

  it('is taken to be unchanged, with a notice', async () => {
    const kept = machine();
    const away: FaceSource = {
      ...smallSource,
      fingerprint: unreachable,
      open: () => expect.unreachable(),
    };
    expect((await runOn(kept, away)).ended).toBe('The server is away.');
    const first = await runOn(kept, smallSource);
    const offline = await runOn(kept, away);
    expect(offline).toMatchObject({ seen: 0, ended: 'finished', losses: first.losses });
    expect(offline.notices).toEqual([expect.stringContaining('could not be asked')]);
  });
});
