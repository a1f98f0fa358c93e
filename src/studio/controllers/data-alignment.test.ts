import sharp from 'sharp';
import { describe, expect, it, vi } from 'vitest';
import { fixedFace } from '../../../test/fixtures/fixed-face';
import { recordedTask } from '../../../test/fixtures/recorded-task';
import { decodeImage, encodeCrop } from '../../cli/node/decode-image';
import { StudioError } from '../../core/studio-error';
import { yieldToMessages } from '../../core/yield-to-messages';
import type { FaceSource } from '../../faces/face-source';
import { createFaceSource, specOf } from '../../faces/sources/create-source';
import type { PhotoNetworks } from '../../inference/align/find-faces';
import type { WorkerEvent } from '../protocol';
import { BackendLease } from '../backend-lease';
import { noopTabLock } from '../storage/tab-lock';
import { DataController, type DataTools } from './data-controller';

const loose = fixedFace({ scale: 0.5, left: 28, top: 28 });
const aligned = fixedFace({ scale: 1, left: 0, top: 0 });
const PHOTO = new Uint8Array(
  await sharp({ create: { width: 224, height: 224, channels: 3, background: '#a06040' } })
    .jpeg()
    .toBuffer(),
);

const photos = (count: number): FaceSource => ({
  info: async () => ({
    name: 'photos',
    form: 'folder',
    shuffle: 'global',
    shards: ['photos'],
    images: count,
  }),
  fingerprint: async () => 'photos',
  async *open() {
    for (let i = 0; i < count; i++) {
      const encoded = i === 3 ? PHOTO.subarray(0, 50) : PHOTO;
      yield { key: `p${i}`, label: i % 5, encoded, shard: 'photos' };
    }
  },
});

function controllerOf(
  count: number,
  networks: PhotoNetworks | Error,
  onDecode: (decoded: number) => void = () => undefined,
) {
  const events: WorkerEvent[] = [];
  const files = { aborted: 0 };
  const lease = new BackendLease(noopTabLock);
  let decoded = 0;
  const tools: DataTools = {
    networks: async () => {
      if (networks instanceof Error) throw networks;
      return networks;
    },
    decode: (bytes) => {
      onDecode(++decoded);
      return decodeImage(bytes);
    },
    encode: encodeCrop,
    lease,
    quiet: () => Promise.resolve(),
    file: async (name) => {
      const parts: BlobPart[] = [];
      return {
        append: async (bytes) => void parts.push(bytes.slice()),
        finish: async () => new File(parts, name),
        abort: async () => void files.aborted++,
      };
    },
  };
  const controller = new DataController(
    async () => photos(count),
    async () => null,
    tools,
  );
  const task = recordedTask((event) => events.push(event));
  /** The event that follows a look. */
  const alignment = () =>
    vi.waitFor(() => {
      const [event] = events;
      if (event?.type !== 'alignment') throw new Error('No alignment was posted.');
      return event.alignment;
    }, 20_000);
  return { controller, events, task, files, lease, alignment };
}

describe('a look at a source', () => {
  it.each([
    [aligned, true],
    [loose, false],
  ])('says whether it is aligned, after its pictures', async (networks, isAligned) => {
    const { controller, task, events, alignment } = controllerOf(20, networks);
    expect(await controller.look('photos', undefined, 10, task)).toMatchObject({
      shards: 'photos',
    });
    expect(events).toEqual([]);
    expect(await alignment()).toMatchObject({
      shards: 'photos',
      sample: { aligned: isAligned },
      problem: null,
    });
  });

  it('says why it could not be told, and tries nothing while a run is on', async () => {
    const lost = new StudioError('network', 'The detector is not there.', '');
    const failing = controllerOf(20, lost);
    await failing.controller.look('photos', undefined, 10, failing.task);
    expect(await failing.alignment()).toEqual({
      shards: 'photos',
      sample: null,
      problem: 'The detector is not there.',
    });
    const busy = controllerOf(20, aligned);
    await busy.lease.hold({ use: 'run', what: 'a run' }, async () => {
      expect(await busy.controller.look('photos', undefined, 10, busy.task)).not.toBeNull();
      await yieldToMessages();
    });
    expect(busy.events).toEqual([]);
  });
});

describe('aligning a source', () => {
  it('gives a tar of crops that a run can read, and counts what is left out', async () => {
    const { controller, task } = controllerOf(12, loose);
    const made = (await controller.align('files:my photos', undefined, 'auto', task))!;
    expect(made).toMatchObject({
      shards: 'files:my photos',
      name: 'my-photos-aligned.tar',
      images: 11,
      identities: 5,
      leftOut: [{ kind: 'undecodable', count: 1 }],
    });
    expect(task.progress.at(-1)).toMatchObject({ done: 12, total: 12 });
    const picked = [{ file: made.file, path: made.name }];
    const source = await createFaceSource(specOf(`files:${made.name}`, picked), 'http://x/');
    const labels: number[] = [];
    for await (const { encoded, label } of source.open({ seed: 0, epoch: 0, shuffleBuffer: 0 })) {
      labels.push(label);
      expect(await decodeImage(encoded)).toMatchObject({ width: 112, height: 112 });
    }
    expect(labels).toEqual([0, 1, 2, 4, 0, 1, 2, 3, 4, 0, 1]);
  });

  it('without any face gives an error and no file', async () => {
    const { controller, task, files } = controllerOf(6, fixedFace(null));
    await expect(controller.align('photos', undefined, 'auto', task)).rejects.toMatchObject({
      code: 'bad-source',
    });
    expect(files.aborted).toBe(1);
  });

  it('ends where it is stopped, or a run begins', async () => {
    const stopped: ReturnType<typeof controllerOf> = controllerOf(12, loose, (decoded) => {
      if (decoded === 4) stopped.controller.stop();
    });
    expect(await stopped.controller.align('photos', undefined, 'auto', stopped.task)).toBeNull();
    expect(stopped.files.aborted).toBe(1);
    let run: Promise<number> | null = null;
    const begins: ReturnType<typeof controllerOf> = controllerOf(12, loose, (decoded) => {
      if (decoded === 4)
        // What the file has become by the time that the run begins.
        run = begins.lease.hold({ use: 'run', what: 'a run' }, async () => begins.files.aborted);
    });
    await expect(begins.controller.align('photos', undefined, 'auto', begins.task)).rejects.toThrow(
      'A run began, so aligning the pictures was ended.',
    );
    expect(await run).toBe(1);
  });
});
