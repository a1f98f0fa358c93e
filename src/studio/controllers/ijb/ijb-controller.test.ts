import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { fixedFace } from '../../../../test/fixtures/fixed-face';
import { recordedTask } from '../../../../test/fixtures/recorded-task';
import { decodeSmallIjb, filesOfIjb, smallIjb } from '../../../../test/fixtures/small-ijb';
import { smallBackbone } from '../../../../test/fixtures/small-run';
import { nodeIjbFolder } from '../../../cli/node/disk/node-ijb-folder';
import { startNodeWasm } from '../../../cli/node/node-backend';
import { StudioError } from '../../../core/studio-error';
import { MemoryFileStore } from '../../../formats/bytes/memory-file-store';
import type { EvaluatedHead } from '../../../inference/evaluation/evaluated-heads';
import { evaluateIjb, type IjbResult } from '../../../inference/evaluation/ijb/evaluate-ijb';
import { openIjbRelease } from '../../../inference/evaluation/ijb/ijb-release';
import { createHead } from '../../../models/heads/create-head';
import { BackendLease } from '../../backend-lease';
import type { PickedIjb } from '../../protocol';
import { noopTabLock } from '../../storage/tab-lock';
import { IjbController } from './ijb-controller';

/** Of the small release: three have points that are no face's, or none, and one is damaged. */
const RELEASE = (() => {
  const whole = smallIjb();
  const detections = new Map(whole.detections);
  detections.set('1-0.jpg', { points: Array(5).fill([-1, -1] as const), score: -1 });
  detections.set('2-0.jpg', { points: Array(5).fill([40, 40] as const), score: 0.9 });
  detections.delete('3-0.jpg');
  return smallIjb({ detections });
})();
const FILES = filesOfIjb(RELEASE).set('loose_crop/5-0.jpg', Uint8Array.of(7));
const PICTURES = 80;

/** The release as a list of files. @param without paths that the folder doesn't hold */
function picked(without: readonly string[] = []): PickedIjb {
  const files = [...FILES]
    .filter(([path]) => !without.includes(path))
    .map(([path, bytes]) => ({
      path,
      file: new File([bytes as Uint8Array<ArrayBuffer>], basename(path)),
    }));
  return { kind: 'files', name: 'IJB-small', files };
}

describe('a release of IJB in the page', () => {
  let backbone: ReturnType<typeof smallBackbone>;
  let heads: EvaluatedHead[];
  let byCommand: IjbResult;
  beforeAll(async () => {
    await startNodeWasm();
    backbone = smallBackbone();
    const { convShape, embeddingDim } = backbone;
    const shape = { convShape, embeddingDim, initialLogKappa: 6 };
    const head = createHead('compact', shape, 1, 2 ** 30);
    heads = [{ name: 'h', head, method: 'scf', radius: 64, calibration: null }];
    byCommand = await onTheCommandLine();
  });
  const networks = async () => fixedFace({ scale: 1, left: 0, top: 0 });

  /** A controller as a page that has just been opened has it. */
  function opened(store: MemoryFileStore, onDecode: (reads: number) => unknown = () => undefined) {
    const lease = new BackendLease(noopTabLock);
    let reads = 0;
    const controller = new IjbController(
      async () => ({
        backbone,
        heads,
        networks,
        decode: async (bytes, name) => {
          await onDecode(++reads);
          return decodeSmallIjb(bytes, name);
        },
      }),
      store,
      lease,
    );
    return { controller, task: recordedTask(), lease, reads: () => reads };
  }

  /** What the command line computes of the same files on disk. */
  async function onTheCommandLine(): Promise<IjbResult> {
    const folder = join(await mkdtemp(join(tmpdir(), 'ijb-')), 'IJB-small');
    for (const [path, bytes] of FILES) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), bytes);
    }
    try {
      return await evaluateIjb({
        release: await openIjbRelease(nodeIjbFolder(folder), decodeSmallIjb),
        methods: ['cosine', 'scf'],
        backbone,
        heads,
        policy: 'ijb-published',
        baseline: { norm: true, detectorScore: true },
        networks,
      });
    } finally {
      await rm(dirname(folder), { recursive: true });
    }
  }

  it('is described before it is read, with what its reading needs', async () => {
    const { controller, task, reads } = opened(new MemoryFileStore(2 ** 20));
    const without = ['loose_crop/7-3.jpg', 'loose_crop/4-1.jpg'];
    const state = await controller.open(picked(without), task);
    expect(state).toEqual({
      release: {
        name: 'IJB-small',
        set: 'IJB-C',
        pictures: PICTURES,
        templates: 20,
        pairs: 190,
        missing: { count: 2, first: ['4-1.jpg', '7-3.jpg'] },
        read: 0,
        // 16 numbers of the embedding and one of the head, a score and the record's header.
        bytesNeeded: PICTURES * (4 * 17 + 8 + 12),
        freeBytes: 2 ** 20,
      },
      kept: [],
      result: null,
    });
    expect(reads()).toBe(0);
  });

  it('is measured on its own pictures, of which nothing is kept', async () => {
    const { controller, task, reads } = opened(new MemoryFileStore());
    await controller.open(picked(), task);
    const estimate = (await controller.measure(task))!;
    expect(estimate.pictures).toBe(PICTURES);
    expect(estimate.measured).toBeGreaterThan(30);
    expect(estimate.seconds).toBeGreaterThan(0);
    expect(estimate.within).toBeGreaterThanOrEqual(0.1 * estimate.seconds);
    expect(reads()).toBe(PICTURES);
    expect((await controller.state(task)).kept).toEqual([]);
  });

  it('has the figures of the command line, to the last bit', async () => {
    const store = new MemoryFileStore();
    const { controller, task } = opened(store);
    await controller.open(picked(), task);
    const result = await controller.evaluate(task);
    expect(result).toEqual(byCommand);
    expect(result!.lost.map(({ picture, what }) => [picture, what])).toEqual([
      ['5-0.jpg', 'unreadable'],
    ]);
    expect(result!.foundAnew).toHaveLength(3);
    // A page that is opened later still has it.
    const later = opened(store);
    expect((await later.controller.state(later.task)).result).toEqual(result);
    expect(task.warnings).toEqual([]);
  });

  /** Evaluates up to a pause in the middle. */
  async function pausedHalfWay(store: MemoryFileStore): Promise<void> {
    const { controller, task } = opened(store, (reads) => reads === 60 && controller.pause());
    await controller.open(picked(), task);
    expect(await controller.evaluate(task)).toBeNull();
  }

  it('goes on where it was paused, and reads no picture again', async () => {
    const store = new MemoryFileStore();
    await pausedHalfWay(store);
    const second = opened(store);
    const state = await second.controller.open(picked(), second.task);
    const { read } = state!.release!;
    expect(read).toBeGreaterThan(0);
    expect(read).toBeLessThan(PICTURES);
    expect(state!.kept).toMatchObject([{ set: 'IJB-C', read, pictures: PICTURES }]);
    expect(await second.controller.evaluate(second.task)).toEqual(byCommand);
    expect(second.reads()).toBe(PICTURES - read);
    // The rate is that of the pictures that were read, not of those that were kept.
    const reading = second.task.progress.filter((each) =>
      each?.label.startsWith('Reading the pic'),
    );
    expect(reading[0]).toMatchObject({ done: read, perSecond: 0 });
    const third = opened(store);
    await third.controller.open(picked(), third.task);
    expect(await third.controller.evaluate(third.task)).toEqual(byCommand);
    expect(third.reads()).toBe(0);
  });

  it('is paused also while its intervals are found', async () => {
    const store = new MemoryFileStore();
    const { controller, task } = opened(store);
    await controller.open(picked(), task);
    // As a person's press of the button comes: a message, which waits for the worker's next turn.
    const press = new MessageChannel();
    press.port1.onmessage = () => controller.pause();
    let isPressed = false;
    const report: typeof task.report = (progress) => {
      if (isPressed || !progress?.label.startsWith('Finding the intervals')) return;
      isPressed = true;
      press.port2.postMessage(null);
    };
    expect(await controller.evaluate({ ...task, report })).toBeNull();
    press.port1.close();
    expect(isPressed).toBe(true);
    expect(await store.read('ijb.json')).toBeNull();
  });

  it('goes on where its worker was killed, with what was on disk at that moment', async () => {
    const [store, disk] = [new MemoryFileStore(), new MemoryFileStore()];
    const first = opened(store, async (reads) => {
      // Longer than what is read goes without a commit.
      if (reads === 40) await new Promise((resolve) => setTimeout(resolve, 400));
      if (reads !== 70) return;
      const { name } = (await store.folder('ijb').list())[0]!;
      await disk.folder('ijb').write(name, (await store.folder('ijb').read(name))!);
    });
    await first.controller.open(picked(), first.task);
    await first.controller.evaluate(first.task);
    const second = opened(disk);
    const { read } = (await second.controller.open(picked(), second.task))!.release!;
    expect(read).toBeGreaterThan(0);
    expect(read).toBeLessThan(PICTURES);
    expect(await second.controller.evaluate(second.task)).toEqual(byCommand);
    expect(second.reads()).toBe(PICTURES - read);
    expect(second.task.warnings).toEqual([]);
  });

  it('goes on from the last commit where a crash left the rest torn', async () => {
    const store = new MemoryFileStore();
    await pausedHalfWay(store);
    const folder = store.folder('ijb');
    const { name } = (await folder.list())[0]!;
    const bytes = (await folder.read(name))!;
    await folder.write(name, Uint8Array.from([...bytes, 1, 2, 3, 4, 5]));
    const second = opened(store);
    await second.controller.open(picked(), second.task);
    expect(await second.controller.evaluate(second.task)).toEqual(byCommand);
    expect(second.task.warnings).toEqual([]);
  });

  it.each(['a reading', 'its beginning', 'its end'] as const)(
    'sets damaged readings aside and says so: %s',
    async (where) => {
      const store = new MemoryFileStore();
      const first = opened(store);
      await first.controller.open(picked(), first.task);
      await first.controller.evaluate(first.task);
      const folder = store.folder('ijb');
      const { name } = (await folder.list())[0]!;
      const bytes = (await folder.read(name))!;
      if (where === 'its end') await folder.write(name, bytes.slice(0, -300));
      else {
        bytes[where === 'a reading' ? 4096 + 2000 : 20]! ^= 1;
        await folder.write(name, bytes);
      }
      const second = opened(store);
      await second.controller.open(picked(), second.task);
      expect(await second.controller.evaluate(second.task)).toEqual(byCommand);
      expect(second.reads()).toBe(PICTURES);
      expect(second.task.warnings).toMatchObject([
        { code: 'bad-checkpoint', message: expect.stringMatching(/damaged at .* set aside\.$/) },
      ]);
      const { kept } = await second.controller.state(second.task);
      expect(kept.map((each) => [each.name, each.read])).toEqual(
        expect.arrayContaining([
          [`${name}.damaged`, null],
          [name, PICTURES],
        ]),
      );
      for (const each of kept) await second.controller.remove(each.name, second.task);
      expect((await second.controller.state(second.task)).kept).toEqual([]);
    },
  );

  it('goes on without keeping where there is no room, and says so', async () => {
    const store = new MemoryFileStore(4096 + 1000);
    const { controller, task } = opened(store);
    await controller.open(picked(), task);
    expect(await controller.evaluate(task)).toEqual(byCommand);
    expect(task.warnings.map(({ code }) => code)).toEqual(['storage-full', 'storage-full']);
  });

  it('keeps nothing of other heads: their κ is another', async () => {
    const store = new MemoryFileStore();
    const first = opened(store);
    await first.controller.open(picked(), first.task);
    await first.controller.evaluate(first.task);
    const before = heads;
    const { convShape, embeddingDim } = backbone;
    const shape = { convShape, embeddingDim, initialLogKappa: 5 };
    heads = [{ ...before[0]!, head: createHead('compact', shape, 2, 2 ** 30) }];
    const second = opened(store);
    const state = await second.controller.open(picked(), second.task);
    expect(state!.release!.read).toBe(0);
    heads = before;
  });

  it('is ended by a run, which is said, and goes on later', async () => {
    const store = new MemoryFileStore();
    const first = opened(store, (reads) => {
      if (reads === 60) void first.lease.hold({ use: 'run', what: 'a run' }, async () => null);
    });
    await first.controller.open(picked(), first.task);
    await expect(first.controller.evaluate(first.task)).rejects.toMatchObject({
      message: 'A run began, so the evaluation of IJB-small was ended.',
    });
    expect((await first.controller.state(first.task)).release!.read).toBeGreaterThan(0);
  });

  it('is refused with the names of the lists that are missing', async () => {
    const { controller, task } = opened(new MemoryFileStore());
    const lists = ['meta/ijbc_face_tid_mid.txt', 'meta/ijbc_name_5pts_score.txt'];
    await expect(controller.open(picked(lists), task)).rejects.toMatchObject({
      code: 'bad-source',
      message:
        'The folder meta of IJB-small has no file whose name ends in face_tid_mid.txt, or in ' +
        'name_5pts_score.txt.',
    });
    const parent = { kind: 'files', name: 'releases', files: [] } as const;
    await expect(controller.open(parent, task)).rejects.toMatchObject({
      message: expect.stringContaining('releases has no folder meta'),
    });
    expect(() => controller.evaluate(task)).toThrow(StudioError);
  });
});
