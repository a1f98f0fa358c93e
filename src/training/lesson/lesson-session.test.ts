import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { MemoryFileStore } from '../../formats/bytes/memory-file-store';
import { toyConfig, toyDecoder, toySource } from '../../../test/fixtures/small-lesson';
import { startNodeWasm } from '../../cli/node/node-backend';
import type { FaceSource } from '../../faces/face-source';
import { CROP_BYTES, packBatch } from '../../faces/decode/packed-batch';
import { BlobByteSource } from '../../formats/bytes/byte-source';
import { openTensorFile } from '../../formats/tensors/open-tensor-file';
import { StudioError } from '../../core/studio-error';
import { assignValues } from '../../models/heads/variables';
import { openSmallBackbone, SmallBackbone } from '../../models/backbones/small-backbone';
import { SmallNetwork } from '../../models/backbones/small-network';
import type { LessonConfig } from './lesson-config';
import { MAX_LESSON_PICTURES } from './lesson-data';
import type { LessonEvent } from './lesson-events';
import { LESSON_FILE, LessonSession, type LessonDependencies } from './lesson-session';
import { LessonTrainer } from './lesson-trainer';

/** A lesson on the toy set, and the events that it has posted. */
function lessonOf({
  changes = {},
  ...others
}: { changes?: Partial<LessonConfig> } & Partial<LessonDependencies> = {}) {
  const events: LessonEvent[] = [];
  const store = others.store ?? new MemoryFileStore();
  const session = new LessonSession({
    config: toyConfig(changes),
    source: toySource(),
    decoder: toyDecoder,
    post: (event) => events.push(event),
    ...others,
    store,
  });
  return { session, events, store };
}

const stepsOf = (events: readonly LessonEvent[]) =>
  events.flatMap((event) => (event.type === 'lesson-steps' ? event.metrics : []));
const lossesOf = (events: readonly LessonEvent[]) =>
  stepsOf(events).map(({ step, epoch, loss, accuracy, learningRate }) => [
    step,
    epoch,
    loss,
    accuracy,
    learningRate,
  ]);
const figuresOf = (session: LessonSession) =>
  session.results.map(({ epoch, auc, loss }) => [epoch, auc, loss]);
const statesOf = (events: readonly LessonEvent[]) =>
  events.flatMap((event) => (event.type === 'lesson-state' ? [event.state] : []));

describe('a lesson', () => {
  beforeAll(startNodeWasm);

  it.each(['arcface', 'cosface'] as const)(
    'learns to distinguish people that it never saw: %s',
    async (loss) => {
      const { session, events } = lessonOf({
        changes: { loss, epochs: 6, width: 0.5, learningRate: 0.01 },
      });
      expect(await session.run()).toBe('finished');
      const [untrained, trained] = [session.results[0]!, session.results.at(-1)!];
      expect(session.results.map(({ epoch }) => epoch)).toEqual([0, 1, 2, 3, 4, 5, 6]);
      expect(untrained).toMatchObject({
        epoch: 0,
        step: 0,
        loss: null,
        accuracy: null,
        seconds: null,
      });
      expect(untrained.auc).toBeLessThan(0.7);
      expect(trained.auc).toBeGreaterThan(untrained.auc + 0.1);
      expect(trained.accuracy).toBeGreaterThan(0.9);
      expect(trained.tarAtFar1Percent!).toBeGreaterThan(untrained.tarAtFar1Percent!);
      const steps = stepsOf(events);
      expect(steps.map(({ step }) => step)).toEqual(steps.map((_, i) => i + 1));
      expect(steps.every((each) => each.steps === steps.length)).toBe(true);
      expect(trained.loss).toBeLessThan(session.results[1]!.loss!);
      expect(trained.loss).toBeCloseTo(
        steps
          .filter(({ epoch }) => epoch === 6)
          .reduce((sum, each, _, all) => sum + each.loss / all.length, 0),
        6,
      );
      const { trainingIdentities, heldOutIdentities, trainingImages } = session.set!;
      expect(trainingIdentities + heldOutIdentities).toBe(24);
      expect(trainingImages).toBe(8 * trainingIdentities);
      session.dispose();
    },
  );

  it('is reproducible, and resumes from a checkpoint with the same figures', async () => {
    const changes = { flip: true, augmentation: 0.5 };
    const [whole, cut] = [lessonOf({ changes }), lessonOf({ changes })];
    await whole.session.run();
    // A crash leaves the last checkpoint, here one in the middle of an epoch.
    const write = cut.store.write.bind(cut.store);
    cut.store.write = async (name, bytes) => {
      await write(name, bytes);
      if (cut.session.cursor.epoch === 1 && cut.session.cursor.batch > 0)
        cut.session.control.stop(new Error('crash'));
    };
    await expect(cut.session.run()).rejects.toThrow('crash');
    expect(statesOf(cut.events).at(-1)).toBe('failed');
    cut.store.write = write;
    const rest = lessonOf({ changes, store: cut.store });
    rest.session.restore((await cut.store.read(LESSON_FILE))!);
    const from = rest.session.cursor.step;
    expect(from).toBeGreaterThan(15);
    expect(lossesOf(cut.events)).toEqual(lossesOf(whole.events).slice(0, from));
    expect(rest.session.cursor.batch).toBeGreaterThan(0);
    expect(await rest.session.run()).toBe('finished');
    expect(lossesOf(rest.events)).toEqual(lossesOf(whole.events).slice(from));
    expect(figuresOf(rest.session)).toEqual(figuresOf(whole.session));
    expect(rest.events).toContainEqual({
      type: 'lesson-result',
      result: expect.objectContaining({ epoch: 0 }),
      scores: null,
    });
    for (const { session } of [whole, cut, rest]) session.dispose();
  });

  it.each([7, 15, 16])(
    'saves when it is stopped, and resumes without a loss of steps: after step %i',
    async (at) => {
      const [whole, cut] = [lessonOf(), lessonOf({ changes: { checkpointEvery: 1000 } })];
      await whole.session.run();
      const step = cut.session.control.gate.bind(cut.session.control);
      // Stopped during a step: that step counts, and no other begins.
      cut.session.control.gate = async (onWait) => {
        await step(onWait);
        if (cut.session.cursor.step === at - 1) queueMicrotask(() => cut.session.control.stop());
      };
      expect(await cut.session.run()).toBe('stopped');
      expect(cut.events).toContainEqual(
        expect.objectContaining({ type: 'lesson-saved', step: at }),
      );
      const rest = lessonOf({ changes: { checkpointEvery: 1000 }, store: cut.store });
      rest.session.restore((await cut.store.read(LESSON_FILE))!);
      await rest.session.run();
      expect([...lossesOf(cut.events), ...lossesOf(rest.events)]).toEqual(lossesOf(whole.events));
      expect(figuresOf(rest.session)).toEqual(figuresOf(whole.session));
      for (const { session } of [whole, cut, rest]) session.dispose();
    },
  );

  it('pauses, takes single steps, and continues', async () => {
    const { session, events } = lessonOf({ changes: { epochs: 1 } });
    session.control.pause();
    const running = session.run();
    const paused = async () => {
      while (statesOf(events).at(-1) !== 'paused')
        await new Promise((resolve) => setTimeout(resolve, 5));
    };
    await paused();
    expect(session.cursor.step).toBe(0);
    session.control.stepOnce();
    while (session.cursor.step === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await paused();
    expect(session.cursor.step).toBe(1);
    session.play();
    expect(await running).toBe('finished');
    session.dispose();
  });

  it('exports a file that opens as the evaluated backbone, with its note', async () => {
    const { session } = lessonOf();
    await session.run();
    const bytes = await session.exportBackbone();
    const file = await openTensorFile(
      new BlobByteSource('small.safetensors', new Blob([bytes as Uint8Array<ArrayBuffer>])),
    );
    const { results } = JSON.parse(file.metadata.figures!) as { results: unknown };
    expect(results).toEqual(session.results);
    expect(file.metadata.note).toMatch(
      /^A lesson, no rival to a backbone trained on MS1M: it has seen \d+ pictures of \d+ people,/,
    );
    const backbone = await openSmallBackbone(file);
    // The lesson's own network as the baseline on the same pairs has the same figures.
    const judged = lessonOf({ changes: { epochs: 1 }, baseline: backbone });
    await judged.session.run();
    const { auc, tarAtFar1Percent } = session.results.at(-1)!;
    expect(judged.session.baseline).toEqual({ name: 'small.safetensors', auc, tarAtFar1Percent });
    for (const each of [session, judged.session, backbone]) each.dispose();
  });

  it('refuses a lesson with other settings or pictures, and other files', async () => {
    const saved = lessonOf({ changes: { epochs: 1 } });
    await saved.session.run();
    const bytes = (await saved.store.read(LESSON_FILE))!;
    expect(() => lessonOf({ changes: { epochs: 1, margin: 0.2 } }).session.restore(bytes)).toThrow(
      expect.objectContaining({
        code: 'bad-checkpoint',
        message: expect.stringContaining('begun with margin 0.3; margin 0.2 was asked for'),
      }),
    );
    const other = lessonOf({ changes: { epochs: 1 }, source: toySource(6) });
    other.session.restore(bytes);
    await expect(other.session.run()).rejects.toMatchObject({
      code: 'bad-checkpoint',
      message: expect.stringContaining('other pictures'),
    });
    // One picture has changed; its key and label are the same.
    const edited = toySource();
    const open: FaceSource['open'] = async function* (options) {
      for await (const record of edited.open(options)) {
        const encoded =
          record.key === '3-1' ? record.encoded.with(7, 255 - record.encoded[7]!) : record.encoded;
        yield { ...record, encoded };
      }
    };
    const changed = lessonOf({ changes: { epochs: 1 }, source: { ...edited, open } });
    changed.session.restore(bytes);
    await expect(changed.session.run()).rejects.toThrow('other pictures');
    // The page starts a new lesson instead, and says so.
    const restarted = lessonOf({ changes: { epochs: 1 }, source: { ...edited, open } });
    restarted.session.restore(bytes, 'left');
    expect(await restarted.session.run()).toBe('finished');
    expect(restarted.events).toContainEqual({
      type: 'notice',
      text: expect.stringContaining('a new one begins'),
    });
    expect(lossesOf(restarted.events)).toHaveLength(stepsOf(saved.events).length);
    const backbone = await saved.session.exportBackbone();
    expect(() => lessonOf().session.restore(backbone)).toThrow(
      expect.objectContaining({
        code: 'bad-checkpoint',
        message: expect.stringContaining('scf-studio-small-backbone-1'),
      }),
    );
    const damaged = bytes.slice();
    damaged[bytes.length - 2]! ^= 1;
    expect(() => lessonOf({ changes: { epochs: 1 } }).session.restore(damaged)).toThrow(
      expect.objectContaining({
        code: 'bad-checkpoint',
        message: expect.stringContaining('is damaged'),
      }),
    );
    expect(() => lessonOf().session.restore(bytes.slice(0, 200))).toThrow(
      expect.objectContaining({ code: 'bad-checkpoint' }),
    );
    for (const { session } of [saved, other, changed, restarted]) session.dispose();
  });

  const declaring = (
    images: number | undefined,
    given: (source: FaceSource) => AsyncIterable<Awaited<ReturnType<typeof first>>>,
  ): FaceSource => {
    const source = toySource();
    return {
      ...source,
      info: async () => ({ ...(await source.info()), images }),
      open: () => given(source),
    };
  };
  const first = async (source: FaceSource) => {
    for await (const record of source.open({ seed: 0, epoch: 0, shuffleBuffer: 0 })) return record;
    throw new Error('empty');
  };
  it.each([
    [
      'a set that says it is larger than memory',
      declaring(5_800_000, (source) => source.open({ seed: 0, epoch: 0, shuffleBuffer: 0 })),
      '5,800,000 pictures',
    ],
    [
      'a set that turns out to be',
      declaring(undefined, async function* (source) {
        const record = await first(source);
        for (let i = 0; i <= MAX_LESSON_PICTURES; i++) yield record;
      }),
      '16,385 pictures',
    ],
    [
      'one person',
      declaring(1, async function* (source) {
        yield await first(source);
      }),
      'to learn from',
    ],
  ])('refuses %s', async (_, source, words) => {
    const before = tf.memory().numTensors;
    const { session, events } = lessonOf({ source });
    await expect(session.run()).rejects.toMatchObject({
      code: 'bad-source',
      message: expect.stringContaining(words),
    });
    expect(statesOf(events)).toEqual(['preparing', 'failed']);
    session.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('reports that it can’t be saved, and continues', async () => {
    const { session, events, store } = lessonOf({ changes: { epochs: 1 } });
    store.write = () => Promise.reject(new StudioError('storage-full', 'full', ''));
    expect(await session.run()).toBe('finished');
    expect(events).toContainEqual({
      type: 'error',
      scope: 'run',
      error: expect.objectContaining({ code: 'storage-full' }),
    });
    session.dispose();
  });

  it('fails if the loss is not finite', async () => {
    const trainer = new LessonTrainer(toyConfig(), 2);
    assignValues(trainer.classes, new Float32Array(32).fill(NaN));
    const batch = {
      pictures: packBatch([new Uint8Array(CROP_BYTES), new Uint8Array(CROP_BYTES)], 2),
      classes: [0, 1],
    };
    await expect(trainer.step(batch, 1e-3)).rejects.toMatchObject({
      code: 'diverged',
      message: 'The loss became NaN at step 1.',
    });
    trainer.dispose();
  });

  it('frees all tensors', async () => {
    const held: number[] = [];
    for (let run = 0; run < 3; run++) {
      const network = new SmallNetwork({ embeddingDim: 8, channels: [2, 2, 3] }, run);
      const baseline = await SmallBackbone.of(network, 'reference');
      const { session } = lessonOf({ changes: { epochs: 1 }, baseline });
      await session.run();
      tf.dispose(Object.values(baseline.run(packBatch([new Uint8Array(CROP_BYTES)], 1))));
      session.dispose();
      baseline.dispose();
      held.push(tf.memory().numTensors);
    }
    expect(held[2]).toBe(held[1]);
  });
});
