import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { headBytes } from '../../../test/fixtures/head-bytes';
import { MemoryFileStore } from '../../formats/bytes/memory-file-store';
import {
  smallBackbone,
  smallConfig,
  smallDecoder,
  smallSource,
} from '../../../test/fixtures/small-run';
import { startNodeWasm } from '../../cli/node/node-backend';
import { trainedMethodNames } from '../../confidence/confidence-method';
import { createMethod } from '../../confidence/methods';
import { BlobByteSource } from '../../formats/bytes/byte-source';
import { openTensorFile } from '../../formats/tensors/open-tensor-file';
import { assignValues } from '../../models/heads/variables';
import { createHead } from '../../models/heads/create-head';
import { HeadTrainer } from '../step/head-trainer';
import { FaceReader } from '../../inference/face-reader';
import { locatedCrop } from '../../inference/locate-face';
import type { RunConfig } from '../config/run-config';
import type { SessionEvent } from './run-events';
import { TrainingSession } from './training-session';

beforeAll(async () => void (await startNodeWasm()));

const lowerRate = 'Start again with a lower learning rate, or set maxGradNorm.';

function sessionOf(
  changes: Partial<RunConfig>,
  post: (event: SessionEvent) => void = () => undefined,
): TrainingSession {
  return new TrainingSession({
    config: smallConfig(changes),
    backbone: smallBackbone(),
    source: smallSource,
    decoder: smallDecoder,
    store: new MemoryFileStore(),
    post,
    maxBlockBytes: 2 ** 30,
    bytesAllocated: () => tf.memory().numBytes,
  });
}

/**
 * Makes log κ about 100 for all pictures: κ is beyond float32 but within float64, so that some
 * methods still have a finite loss.
 */
function inflate({ trainer: { head } }: TrainingSession): void {
  const bias = head.parameters.get('hidden.bias')!;
  assignValues(bias, new Float32Array(bias.size).fill(1));
  const weight = head.parameters.get('out.weight')!;
  assignValues(weight, new Float32Array(weight.size).fill(0.8));
}

describe.each(trainedMethodNames)('a run of %s whose weights have grown too large', (method) => {
  it('ends with an error that says what to do', async () => {
    const session = sessionOf({ method });
    inflate(session);
    await expect(session.run()).rejects.toMatchObject({
      code: 'diverged',
      message: expect.stringMatching(/^(The loss|κ|1\/σ²) became (Infinity|NaN) at step 1/),
      nextStep: lowerRate,
    });
    session.dispose();
  });
});

it('posts the step at which it diverged and those before it, and then ends', async () => {
  const events: SessionEvent[] = [];
  const session = sessionOf({ learningRate: 0.01, batchSize: 8, epochs: 4 }, (event) => {
    events.push(event);
    // The head is damaged between two steps, as too large a learning rate would do.
    if (event.type === 'run-state' && event.state === 'running') {
      const take = session.trainer.enqueueStep.bind(session.trainer);
      let steps = 0;
      session.trainer.enqueueStep = async (...args: Parameters<typeof take>) => {
        if (++steps === 3) inflate(session);
        return take(...args);
      };
    }
  });
  await expect(session.run()).rejects.toMatchObject({
    code: 'diverged',
    message: expect.stringContaining('at step 3'),
  });
  const metrics = events.flatMap((event) => (event.type === 'steps' ? event.metrics : []));
  expect(metrics.map(({ step }) => step)).toEqual([1, 2, 3]);
  expect(
    metrics.map(({ loss, kappaMean }) => Number.isFinite(loss) && Number.isFinite(kappaMean)),
  ).toEqual([true, true, false]);
  expect(metrics[2]!.lossAlignment).toBeNaN();
  session.dispose();
});

it('leaves a head that is marked as diverged, in its file too', async () => {
  const events: SessionEvent[] = [];
  const session = sessionOf({}, (event) => events.push(event));
  inflate(session);
  await expect(session.run()).rejects.toMatchObject({ code: 'diverged' });
  const message = `The head’s run diverged within ${session.cursor.step} step`;
  const posted = events.find(({ type }) => type === 'head-collapse');
  expect(posted).toMatchObject({ collapse: { kind: 'not-finite' } });
  expect(session.collapse?.message).toContain(message);
  const blob = new Blob([await headBytes(session.exportHead())]);
  const file = await openTensorFile(new BlobByteSource('head.safetensors', blob));
  expect(file.metadata.collapse).toContain(message);
  session.dispose();
});

/** A compact head that gives every face a log κ of `logKappa`. */
function headOf(logKappa: number) {
  const shape = { convShape: [7, 7, 4], embeddingDim: 16, initialLogKappa: 3 } as const;
  const head = createHead('compact', shape, 5, 2 ** 12);
  const weight = head.parameters.get('out.weight')!;
  assignValues(weight, new Float32Array(weight.size));
  assignValues(head.parameters.get('out.bias')!, Float32Array.of(logKappa));
  return head;
}

describe('a head whose κ has become infinite', () => {
  const settings = { method: 'scf', dimension: 16, radius: 64, mode: 'exact' } as const;
  const adamStep = { learningRate: 0.01, weightDecay: 0, maxGradClip: 0, maxGradNorm: 0 };
  const head = () => headOf(100);

  it('ends training with an error, in a step and in a validation', async () => {
    const trainer = new HeadTrainer(head(), settings);
    const input = tf.zeros([2, trainer.head.inputSize]) as tf.Tensor2D;
    const batch = { input, cosTheta: tf.tensor1d([0.5, 0.6]), mask: tf.tensor1d([1, 1]), count: 2 };
    await expect(trainer.concentrations(input, 2)).rejects.toMatchObject({
      code: 'diverged',
      message: 'κ became Infinity after step 0; a finite number was expected.',
      nextStep: lowerRate,
    });
    await expect(trainer.step(batch, adamStep)).rejects.toMatchObject({
      code: 'diverged',
      message: 'κ became Infinity at step 1; a finite number was expected.',
    });
    tf.dispose([input, batch.cosTheta, batch.mask]);
    trainer.dispose();
  });

  it('is reported when a face is read with it', async () => {
    const backbone = smallBackbone();
    const crop = new Uint8Array(112 * 112 * 3);
    const diverged = head();
    const reader = new FaceReader(backbone, [diverged], 'single');
    await expect(reader.read([locatedCrop(crop, 'single')])).rejects.toMatchObject({
      code: 'diverged',
      message: 'The compact head gives a face the confidence Infinity; a finite one was expected.',
    });
    diverged.dispose();
    backbone.dispose();
  });
});

it('a backbone that gives NaN is reported, not the head', async () => {
  const backbone = smallBackbone();
  const broken = {
    ...backbone,
    run: (...args: Parameters<typeof backbone.run>) => {
      const output = backbone.run(...args);
      return { ...output, embedding: tf.mul(output.embedding, NaN) as tf.Tensor2D };
    },
  };
  const face = locatedCrop(new Uint8Array(112 * 112 * 3), 'single');
  const reading = new FaceReader(broken, [], 'single').read([face]);
  await expect(reading).rejects.toMatchObject({ code: 'bad-model' });
  backbone.dispose();
});

it('a steep calibration can score the largest κ of a head', () => {
  const calibration = { scale: 5, power: 12 };
  const method = createMethod('scf-calibrated', { radius: 64, calibration });
  const face = { mu: new Float32Array(32), concentration: Float32Array.of(3e38) };
  expect(method.pairScore(face, face, 0.5)).toEqual(expect.any(Number));
});
