import { beforeAll, describe, expect, it } from 'vitest';
import { MemoryFileStore } from '../../formats/bytes/memory-file-store';
import { fixedFace } from '../../../test/fixtures/fixed-face';
import { pairBin } from '../../../test/fixtures/pair-bin';
import { recordedTask } from '../../../test/fixtures/recorded-task';
import { smallHeldHead } from '../../../test/fixtures/small-held-head';
import { smallBackbone, smallSource } from '../../../test/fixtures/small-run';
import { startNodeWasm } from '../../cli/node/node-backend';
import { CROP_SIZE, type FaceRecord } from '../../faces/face-record';
import { isValidationIdentity } from '../../faces/identity-split';
import type { FaceSource } from '../../faces/face-source';
import type { PhotoNetworks } from '../../inference/align/find-faces';
import { CROP_BYTES } from '../../faces/decode/packed-batch';
import { StudioError } from '../../core/studio-error';
import { createHead } from '../../models/heads/create-head';
import type {
  EvaluatedHead,
  EvaluationResult,
  Protocol,
} from '../../inference/evaluation/evaluate';
import { BackendLease } from '../backend-lease';
import { noopTabLock } from '../storage/tab-lock';
import { EvaluationController } from './evaluation-controller';
import type { EvaluationRequest, WorkerEvent } from '../protocol';
import { sessionHead, type TrainedHead } from '../runtime/trained-head';

const RECORDS: FaceRecord[] = [];
for await (const record of smallSource.open({ seed: 0, epoch: 0, shuffleBuffer: 0 }))
  RECORDS.push(record);
const pictureOf = (label: number, turn: number) =>
  RECORDS.filter((record) => record.label === label)[turn % 8]!.encoded;

const clean: Protocol = { kind: 'pairs', degraded: 'none' };
const asked = (
  pairs: File | null,
  protocols: readonly Protocol[] = [clean],
  files: EvaluationRequest['files'] = [],
): EvaluationRequest => ({
  name: pairs?.name ?? 'people',
  files,
  pairs,
  protocols,
  align: 'none',
  seed: 1,
  qualities: [],
  degradeSeeds: 1,
});

/**
 * A set where even pairs are genuine and odd pairs are impostors; pair `damaged` has a picture that
 * can't be decoded.
 */
function setOf(pairs: number, damaged = -1, protocols?: readonly Protocol[]): EvaluationRequest {
  const same = Array.from({ length: pairs }, (_, i) => i % 2 === 0);
  const pictures = same.flatMap((isSame, i) => [
    i === damaged ? Uint8Array.of(7) : pictureOf(i % 10, i),
    pictureOf((i + (isSame ? 0 : 3)) % 10, i + 1),
  ]);
  return asked(
    new File([pairBin(pictures, same) as Uint8Array<ArrayBuffer>], 'small.bin'),
    protocols,
  );
}

/** The small run's people as a folder of pictures. */
const folder = RECORDS.map(({ key, label, encoded }) => ({
  path: `p${label}/p${label}_${key}.jpg`,
  file: new File([encoded as Uint8Array<ArrayBuffer>], `${key}.jpg`),
}));

/** The small run's people again and again, under other labels, none degraded. */
const peopleSource = (identities: number): FaceSource => ({
  ...smallSource,
  info: async () => ({ ...(await smallSource.info()), identities, images: 8 * identities }),
  async *open() {
    for (let i = 0; i < 8 * identities; i++) {
      const [label, turn] = [i % identities, Math.floor(i / identities)];
      const record = RECORDS.filter((each) => each.label === label % 10)[turn]!;
      yield { ...record, degradation: undefined, label, key: `${label}-${turn}` };
    }
  },
});

interface ControllerOptions {
  readonly heads?: readonly EvaluatedHead[];
  /** For the demo set. */
  readonly trained?: readonly TrainedHead[];
  /** The demo set. */
  readonly source?: FaceSource;
  readonly onDecode?: (place: number) => void;
  readonly store?: MemoryFileStore;
  /** If undefined, loading them fails. */
  readonly networks?: PhotoNetworks;
}

function controllerOf({
  heads = [],
  trained = [],
  source = smallSource,
  onDecode = () => undefined,
  store = new MemoryFileStore(),
  networks,
}: ControllerOptions = {}) {
  const events: WorkerEvent[] = [];
  let decoded = 0;
  let passes = 0;
  const lease = new BackendLease(noopTabLock);
  const backbone = smallBackbone();
  const counted = {
    ...backbone,
    run: (batch: Parameters<typeof backbone.run>[0]) => {
      passes++;
      return backbone.run(batch);
    },
  };
  const decode = async (bytes: Uint8Array, name: string) => {
    onDecode(decoded++);
    if (bytes.length !== CROP_BYTES)
      throw new StudioError('bad-image', `${name} is damaged.`, 'Choose another.');
    return { width: CROP_SIZE, height: CROP_SIZE, data: bytes };
  };
  const controller = new EvaluationController(
    (event) => events.push(event),
    async () => ({
      backbone: counted,
      heads,
      networks: async () => {
        if (networks) return networks;
        throw new StudioError('bad-model', 'They are not there.', '');
      },
      decode,
    }),
    async () => ({ backbone: counted, heads: trained, open: async () => source, decode }),
    store,
    lease,
  );
  const task = recordedTask((event) => events.push(event));
  let last: EvaluationResult | null = null;
  /** Evaluates, and keeps the result for `result`. */
  const evaluate = async (request: EvaluationRequest) =>
    (last = await controller.evaluate(request, task));
  const result = (): EvaluationResult => last!;
  return { controller, evaluate, events, task, result, passes: () => passes, lease };
}

/** Pictures of a `.bin` that are decoded before the others, to look at their colours. */
const LOOK = 32;

describe('the evaluation controller', () => {
  beforeAll(async () => void (await startNodeWasm()));

  it.each(['{"data": "lfw', 'null', '{"version": 1}'])(
    'reports a damaged saved result once, and goes on without it: %s',
    async (text) => {
      const store = new MemoryFileStore();
      await store.write('evaluation.json', new TextEncoder().encode(text));
      const { controller, events } = controllerOf({ store });
      await controller.recall();
      await controller.recall();
      expect(events).toEqual([
        {
          type: 'error',
          scope: 'evaluation',
          error: expect.objectContaining({
            code: 'bad-checkpoint',
            message: expect.stringContaining('is damaged and was set aside'),
          }),
        },
      ]);
    },
  );

  it('leaves a saved result of a later version where it is, and says so', async () => {
    const store = new MemoryFileStore();
    const bytes = new TextEncoder().encode('{"version": 2}');
    await store.write('evaluation.json', bytes);
    const { controller, events } = controllerOf({ store });
    await controller.recall();
    expect(events).toMatchObject([{ type: 'error', error: { code: 'later-version' } }]);
    expect(await store.read('evaluation.json')).toEqual(bytes);
  });

  it('evaluates a set by cosine alone without a head, with progress to its end', async () => {
    const { evaluate, task, result, lease } = controllerOf();
    await evaluate(setOf(40));
    expect(result()).toMatchObject({
      data: 'small.bin',
      backbone: 'tile means',
      heads: {},
      pictures: 80,
      lost: [],
      complete: true,
    });
    const { name, planned, report } = result().protocols[0]!;
    expect({ name, planned, pairs: report.pairs, genuine: report.genuine }).toEqual({
      name: 'clean',
      planned: 40,
      pairs: 40,
      genuine: 20,
    });
    expect(Object.keys(report.methods)).toEqual(['cosine']);
    expect(report.methods.cosine!.auc).toBeGreaterThan(0.8);
    expect(report.methods.cosine!.tarAtFar).toEqual({
      // Two of the twenty impostor pairs would lie above the threshold.
      '0.1': null,
      '0.01': null,
      '0.001': null,
      '0.0001': null,
      '0.00001': null,
    });
    const lastOf = (unit: string) => task.progress.findLast((each) => each?.unit === unit);
    expect(lastOf('pictures')).toMatchObject({ done: 80, total: 80 });
    expect(lastOf('protocols')).toMatchObject({ done: 1, total: 1 });
    expect(lease.isFor('evaluation')).toBe(false);
  });

  it('adds the methods of its heads, on pairs and templates, repeatable by the seed', async () => {
    const { convShape, embeddingDim } = smallBackbone();
    const made = (method: EvaluatedHead['method'], outputSize: number): EvaluatedHead => {
      const head = createHead(
        'compact',
        { convShape, embeddingDim, outputSize, initialLogKappa: 6 },
        1,
        2 ** 30,
      );
      return {
        name: `${method}-1`,
        head,
        method,
        radius: 64,
        calibration: method === 'scf' ? { scale: 5, power: 0.75 } : null,
      };
    };
    const heads = [made('scf', 1), made('pfe-g', embeddingDim)];
    const genuine = Array.from({ length: 10 }, (_, i) => `p${i} 1 2`);
    const impostor = Array.from({ length: 10 }, (_, i) => `p${i} 1 p${(i + 1) % 10} 2`);
    const list = new File([['10', ...genuine, ...impostor, ''].join('\n')], 'pairs.txt');
    const files = folder.map(({ path, file }) => ({
      file,
      path: path.replace(
        /_\d+-(\d+)/,
        (_, turn) => `_${String(Number(turn) + 1).padStart(4, '0')}`,
      ),
    }));
    const protocols: Protocol[] = [
      clean,
      { kind: 'pairs', degraded: 'one' },
      { kind: 'templates', size: 3, degraded: 'both' },
    ];
    const first = controllerOf({ heads });
    await first.evaluate(asked(list, protocols, files));
    const result = first.result();
    expect(result.protocols.map(({ name }) => name)).toEqual([
      'clean',
      'one degraded',
      'templates of 3, 2 degraded',
    ]);
    for (const { report } of result.protocols)
      expect(Object.keys(report.methods)).toEqual(['cosine', 'scf', 'scf-calibrated', 'pfe-g']);
    expect(result.heads).toEqual({ scf: 'scf-1', 'pfe-g': 'pfe-g-1' });
    // Each person's eight pictures make two templates of three.
    expect(result.protocols[2]!.report).toMatchObject({ genuine: 10, impostor: 180 });
    expect(result.degradations).toHaveLength(20 + 2 * 20);
    const { qualities, leftOut } = result.protocols[1]!.report.discard;
    expect(qualities.map(({ name }) => name)).toEqual([
      'κ of SCF',
      '1/σ² of PFE-G',
      expect.stringMatching(/^−?‖embedding‖$/),
      'sharpness',
      'chance',
    ]);
    // Crops taken as they are have no detector score.
    expect(leftOut.map(({ name }) => name)).toEqual(['detector score', 'face size']);
    const again = controllerOf({ heads });
    await again.evaluate(asked(list, protocols, files));
    expect(again.result()).toEqual(result);
    heads.forEach(({ head }) => head.dispose());
    expect(sessionHead(null, [])).toBeNull();
  });

  it('draws degradations several times, from pictures that are decoded once', async () => {
    let decoded = 0;
    const { evaluate, result } = controllerOf({ onDecode: () => void decoded++ });
    const protocols: Protocol[] = [clean, { kind: 'pairs', degraded: 'one' }];
    await evaluate({ ...setOf(40, -1, protocols), degradeSeeds: 3 });
    expect(decoded).toBe(LOOK + 80);
    const [whole, degraded] = result().protocols;
    expect([whole!.degradeSeeds, whole!.report.draws]).toEqual([[1], 1]);
    expect(new Set(degraded!.degradeSeeds).size).toBe(3);
    expect(degraded!.report).toMatchObject({
      draws: 3,
      pairs: 40,
      bootstrap: { resamples: 1000, over: 'pairs', units: 40 },
    });
    const { auc, intervals, spread } = degraded!.report.methods.cosine!;
    expect(spread.auc).toBeGreaterThan(0);
    expect(intervals.auc![0]).toBeLessThan(auc!);
    expect(result().degradations).toHaveLength(3 * 40);
  });

  it('orders pairs by a file’s qualities too, and refuses a file that is none', async () => {
    const { evaluate, result } = controllerOf();
    const lines = Array.from({ length: 19 }, (_, i) => `/crops/${i}.jpg ${i / 7}\n`);
    const quality = (text: string) => ({
      name: 'CR-FIQA',
      file: new File([text], 'scores.txt'),
      lowerIsBetter: false,
    });
    const request = setOf(10);
    await evaluate({ ...request, qualities: [quality(lines.join(''))] });
    const { discard } = result().protocols[0]!.report;
    expect(discard.qualities.map(({ name }) => name)).toContain('CR-FIQA');
    const rows = discard.methods.cosine!['2303.13294']!.rows;
    // Picture 19 is of an impostor pair.
    expect(rows.find(({ quality: name }) => name === 'CR-FIQA')!.comparisons).toBe(5);
    expect(result().notices).toEqual([
      expect.stringMatching(/^1 of 20 pictures has no quality in scores\.txt \(the first is 19\)/),
    ]);
    await expect(
      evaluate({ ...request, qualities: [quality('a.jpg nan\n')] }),
    ).rejects.toMatchObject({ code: 'bad-source', message: expect.stringContaining('Line 1') });
  });

  it('counts damaged and missing pictures, and leaves out their pairs', async () => {
    const { evaluate, result } = controllerOf();
    await evaluate(setOf(10, 4));
    expect(result().lost).toEqual([
      { picture: '8', what: 'unreadable', reason: 'picture 8 of small.bin is damaged.' },
    ]);
    expect(result().protocols[0]).toMatchObject({ planned: 10, report: { pairs: 9, genuine: 4 } });
    const missing = controllerOf();
    await missing.evaluate(
      asked(
        new File(['p0 1 2\np0 1 nobody 1\n'], 'pairs.txt'),
        [clean],
        [0, 1].map((i) => ({ path: `p0/p0_000${i + 1}.jpg`, file: folder[10 * i]!.file })),
      ),
    );
    expect(missing.events.filter(({ type }) => type === 'notice')).toEqual([
      {
        type: 'notice',
        text: expect.stringMatching(/^1 picture that .* is missing \(nobody\/nobody_0001\.jpg\)/),
      },
    ]);
    expect(missing.result().lost).toEqual([
      {
        picture: 'nobody/nobody_0001.jpg',
        what: 'unreadable',
        reason: "nobody/nobody_0001.jpg isn't in pairs.txt.",
      },
    ]);
  });

  it('gives the figures of the first pictures if it is stopped, and null without any', async () => {
    const { controller, evaluate, result } = controllerOf({
      onDecode: (place) => void (place === LOOK + 100 && controller.stop()),
    });
    await evaluate(setOf(200));
    expect(result()).toMatchObject({ pictures: 400, complete: false });
    const { planned, report } = result().protocols[0]!;
    expect(planned).toBe(200);
    expect(report.pairs).toBeGreaterThan(40);
    expect(report.pairs).toBeLessThan(55);

    const early = controllerOf();
    const work = early.evaluate(setOf(200));
    early.controller.stop();
    expect(await work).toBeNull();
  });

  it('reports crops that are not aligned, and aligns them if it is asked to', async () => {
    const networks = fixedFace({ scale: 0.5, left: 28, top: 28 });
    const { evaluate } = controllerOf({ networks });
    const loose = await evaluate({ ...setOf(20), align: 'auto' });
    const aligned = await evaluate({ ...setOf(20), align: 'always' });
    expect(loose!.alignment).toMatchObject({
      looked: 24,
      found: 24,
      aligned: false,
      remedy: 'always',
    });
    expect(aligned!.alignment).toBeNull();
    expect(aligned!.protocols[0]!.report.methods).not.toEqual(loose!.protocols[0]!.report.methods);
  });

  it('saves the last result, and posts it again', async () => {
    const store = new MemoryFileStore();
    const before = controllerOf({ store });
    await before.evaluate(setOf(20));
    const after = controllerOf({ store });
    await after.controller.recall();
    expect(after.events).toEqual([{ type: 'evaluation', result: before.result() }]);
    const none = controllerOf();
    await none.controller.recall();
    expect(none.events).toEqual([]);
  });

  it('evaluates one set at a time, and gives only the last one asked for', async () => {
    const { evaluate, task, lease } = controllerOf();
    const first = evaluate(setOf(200));
    while (task.progress.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    expect((await evaluate(setOf(10)))?.pictures).toBe(20);
    expect(await first).toBeNull();
    expect(lease.isFor('evaluation')).toBe(false);
  });

  it('makes way for a run, and is refused while it is on', async () => {
    const { evaluate, task, passes, lease } = controllerOf();
    const work = evaluate(setOf(200));
    work.catch(() => undefined);
    while (task.progress.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    let end!: () => void;
    let before = 0;
    const run = lease.hold({ use: 'run', what: 'a run' }, async () => {
      before = passes();
      await new Promise<void>((resolve) => (end = resolve));
    });
    await expect(work).rejects.toMatchObject({
      code: 'bad-config',
      message: 'A run began, so the evaluation of small.bin was ended.',
    });
    await expect(evaluate(setOf(10))).rejects.toMatchObject({
      code: 'bad-config',
      message: 'The evaluation of small.bin has to wait while a run is on.',
    });
    // The evaluation doesn't use the backbone any more once the run has begun.
    expect(passes()).toBe(before);
    end();
    await run;
    expect(await evaluate(setOf(10))).not.toBeNull();
  });

  it('evaluates held-out people of the demo set, with its head, and keeps the result', async () => {
    const { trained } = smallHeldHead(smallBackbone(), 6);
    const shards = 'shards/demo/manifest.json';
    const trainedOn = { shards, seed: 3, validationFraction: 0.5 };
    const store = new MemoryFileStore();
    const { controller, task } = controllerOf({
      store,
      source: peopleSource(48),
      trained: [{ ...trained, trainedOn }],
    });
    const result = (await controller.evaluateDemo(7, task))!;
    expect(result).toMatchObject({ complete: true, heads: { scf: trained.run }, seed: 7 });
    expect(result.protocols.map(({ name }) => name)).toEqual([
      'clean',
      'one degraded',
      'both degraded',
      'templates of 2, 1 degraded',
    ]);
    const heldOut = Array.from({ length: 48 }, (_, label) => label).filter((label) =>
      isValidationIdentity(label, 3, 0.5),
    );
    expect(result.notes![0]).toContain(`${heldOut.length} of the 48 drawn people`);
    const people = new Set(result.degradations.map(({ picture }) => Number(picture.split('-')[0])));
    expect([...people].sort((a, b) => a - b)).toEqual(heldOut);
    expect(task.progress.map((each) => each?.unit)).toContain('protocols');
    const after = controllerOf({ store });
    await after.controller.recall();
    expect(after.events).toEqual([{ type: 'evaluation', result }]);
    const time = await controller.timeDemo();
    expect(time).toMatchObject({ people: heldOut.length, of: 48, faces: 16 * heldOut.length });
    expect(time.seconds).toBeGreaterThan(0);
  });

  it('gives a result that can’t be kept, and says so', async () => {
    const store = new MemoryFileStore();
    store.write = async () => {
      throw new StudioError('storage-full', 'The storage is full.', 'Free some.');
    };
    const { evaluate, task } = controllerOf({ store });
    expect(await evaluate(setOf(10))).not.toBeNull();
    expect(task.warnings.map(({ code }) => code)).toEqual(['storage-full']);
  });

  it('refuses files that are no set, and can evaluate again', async () => {
    const { evaluate, lease } = controllerOf();
    await expect(
      evaluate(asked(new File(['PK\u0003\u0004 and so on'], 'faces.bin'))),
    ).rejects.toMatchObject({ code: 'bad-source', message: expect.stringContaining('faces.bin') });
    await expect(evaluate(asked(null, [clean], folder))).rejects.toMatchObject({
      code: 'bad-source',
      message: 'people has no pairs.',
    });
    await expect(
      evaluate(asked(null, [{ kind: 'templates', size: 9, degraded: 'none' }], folder)),
    ).rejects.toMatchObject({
      code: 'bad-source',
      message: expect.stringContaining('templates of 9'),
    });
    expect(lease.isFor('evaluation')).toBe(false);
  });
});
