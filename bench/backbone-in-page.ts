import * as tf from '@tensorflow/tfjs-core';
import type { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-web';
import { chooseBackend } from '../src/engine/backend';
import { unpackOnCpu } from '../src/engine/pixels/unpack-pixels';
import { CROP_SIZE } from '../src/faces/face-record';
import { CROP_BYTES, packBatch } from '../src/faces/decode/packed-batch';
import { seededRandom } from '../src/core/seeded-random';
import { MOBILE_FACE_NET, OnnxBackbone } from '../src/models/backbones/onnx-backbone';
import { median } from './median';

/** What is measured, once for each backend. */
export interface BackboneRequest {
  readonly backend: 'wasm' | 'webgpu';
  readonly batches: readonly number[];
  readonly rounds: number;
  /** Pictures of a turn, at least: as many batches as that takes. */
  readonly picturesPerTurn: number;
}

declare global {
  interface Window {
    measureBackbone: (request: BackboneRequest) => Promise<Record<string, unknown>>;
  }
}

const ORT = '/node_modules/onnxruntime-web/dist/';
const MODEL = '/models/fr_feature.onnx';

/** Milliseconds after which threads that have nothing to do have gone to sleep. */
const THREADS_SLEEP = 100;

interface Runner {
  readonly run: (batch: number) => Promise<Float32Array>;
}

window.measureBackbone = async ({ backend, batches, rounds, picturesPerTurn }) => {
  const bytes = new Uint8Array(await (await fetch(MODEL)).arrayBuffer());
  const report = await chooseBackend({
    preference: backend,
    wasmPath: '/wasm/',
    onFault: (error) => {
      throw error;
    },
  });
  const { wasmThreads: threads } = report;
  const runners: Record<'ours' | 'ort', Runner> = {
    ours: await ours(bytes),
    ort: await ort(bytes, backend, threads ?? 1),
  };
  const shapes = [];
  for (const batch of batches) {
    const seconds = { ours: [] as number[], ort: [] as number[] };
    const repeats = Math.ceil(picturesPerTurn / batch);
    const embeddings: Partial<Record<'ours' | 'ort', Float32Array>> = {};
    // The first round compiles and fills caches.
    for (let round = 0; round <= rounds; round++) {
      for (const name of round % 2 === 0
        ? (['ours', 'ort'] as const)
        : (['ort', 'ours'] as const)) {
        // The threads of the other wait busily for a while.
        await new Promise((resolve) => setTimeout(resolve, THREADS_SLEEP));
        const startedAt = performance.now();
        for (let repeat = 0; repeat < repeats; repeat++)
          embeddings[name] = await runners[name].run(batch);
        if (round > 0) seconds[name].push((performance.now() - startedAt) / 1000 / repeats);
      }
    }
    const perSecond = { ours: batch / median(seconds.ours), ort: batch / median(seconds.ort) };
    shapes.push({
      batch,
      imagesPerSecond: perSecond.ours,
      ortImagesPerSecond: perSecond.ort,
      ofOrt: perSecond.ours / perSecond.ort,
      apart: apart(embeddings.ours!, embeddings.ort!),
    });
  }
  return { backend, threads, adapter: report.adapter, shapes };
};

/** The same pixels for both. */
function pixelsOf(batch: number) {
  const random = seededRandom(5, batch);
  const crops = Array.from({ length: batch }, () =>
    Uint8Array.from({ length: CROP_BYTES }, () => random.int(256)),
  );
  return packBatch(crops, batch);
}

async function ours(bytes: Uint8Array): Promise<Runner> {
  const backbone = await OnnxBackbone.load(bytes, { name: 'fr_feature' });
  const inputs = new Map<number, ReturnType<typeof pixelsOf>>();
  return {
    run: async (batch) => {
      const packed = inputs.get(batch) ?? pixelsOf(batch);
      inputs.set(batch, packed);
      const { embedding, convFeature } = backbone.run(packed);
      const values = (await embedding.data()) as Float32Array;
      tf.dispose([embedding, convFeature]);
      return values;
    },
  };
}

async function ort(
  bytes: Uint8Array,
  backend: 'wasm' | 'webgpu',
  threads: number,
): Promise<Runner> {
  const runtime =
    backend === 'wasm'
      ? await import('onnxruntime-web/wasm')
      : await import('onnxruntime-web/webgpu');
  runtime.env.wasm.wasmPaths = ORT;
  runtime.env.wasm.numThreads = threads;
  const session: InferenceSession = await runtime.InferenceSession.create(bytes, {
    executionProviders: [backend],
    graphOptimizationLevel: 'all',
  });
  const inputs = new Map<number, Float32Array>();
  const [input, output] = [session.inputNames[0]!, session.outputNames[0]!];
  return {
    run: async (batch) => {
      // Floats in the network's own order: less work than ours, which unpacks bytes.
      const values = inputs.get(batch) ?? (await channelsFirst(batch));
      inputs.set(batch, values);
      // The file declares one picture, and onnxruntime takes no other number.
      const size = values.length / batch;
      const embeddings: Float32Array[] = [];
      for (let row = 0; row < batch; row++) {
        const results = await session.run({
          [input]: new runtime.Tensor('float32', values.subarray(row * size, (row + 1) * size), [
            1,
            3,
            CROP_SIZE,
            CROP_SIZE,
          ]) as OrtTensor,
        });
        embeddings.push((await results[output]!.getData()) as Float32Array);
      }
      return Float32Array.from(embeddings.flatMap((embedding) => [...embedding]));
    },
  };
}

async function channelsFirst(batch: number): Promise<Float32Array> {
  const tensor = tf.tidy(() =>
    tf.transpose(
      unpackOnCpu({ ...pixelsOf(batch), side: CROP_SIZE }, MOBILE_FACE_NET.input),
      [0, 3, 1, 2],
    ),
  );
  const values = ((await tensor.data()) as Float32Array).slice();
  tensor.dispose();
  return values;
}

/**
 * max |a − b| / max |b|. On WebGPU it can be 0: onnxruntime's convolution grew out of that of tfjs
 * and adds in the same order.
 */
function apart(a: Float32Array, b: Float32Array): number {
  let [difference, size] = [a.length === b.length ? 0 : Infinity, 0];
  for (let i = 0; i < b.length; i++) {
    difference = Math.max(difference, Math.abs(a[i]! - b[i]!));
    size = Math.max(size, Math.abs(b[i]!));
  }
  return difference / size;
}
