import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { NodeFileStore } from '../src/cli/node/node-file-store';
import { verifyFileChecksums } from '../src/formats/tensors/array-checksum';
import { arrayParts } from '../src/formats/tensors/array-parts';
import { openTensorFile } from '../src/formats/tensors/open-tensor-file';
import { streamVariables } from '../src/training/checkpoint/checkpoint-stream';
import { fillArrays } from '../src/training/step/fill-arrays';

/** The published head's arrays, and how often a run holds each: itself and Adam's two moments. */
const SHAPES = [[25_088, 12_544], [12_544], [12_544, 6272], [6272], [6272, 1], [1]] as const;
const GROUPS = ['head', 'adam.m', 'adam.v'] as const;
const FILE = 'run.safetensors';

/**
 * The published head's 4.7 GB saved and restored through the studio's own stream, with plain arrays
 * in place of a device's: seconds, and the most memory besides those arrays. An array is made anew
 * where the arrays lie before the one that it replaces goes: on a GPU that is the GPU's. It needs
 * about 7 GB, and lies in the system's temporary folder, from which it is removed at the end.
 */
export default async function largeRun(): Promise<Record<string, unknown>> {
  await tf.setBackend('cpu');
  const folder = await mkdtemp(join(tmpdir(), 'scf-large-run-'));
  const variables = new Map(
    GROUPS.flatMap((group) =>
      SHAPES.map((shape, index): [string, tf.Variable] => [
        `${group}.${index}`,
        filled(shape, 0.5 + index),
      ]),
    ),
  );
  try {
    const store = new NodeFileStore(folder);
    const saving = await measured(async () => {
      const stream = streamVariables(variables, { format: 'bench' });
      await store.replace(FILE, stream.chunks, 'before');
      return stream.bytes;
    });
    const file = await openTensorFile((await store.open(FILE))!);
    // Reads all of it, as a run does before it changes anything.
    const checking = await measured(() => verifyFileChecksums(file));
    const restoring = await measured(async () => {
      await fillArrays(
        file,
        [...variables].map(([name, variable]) => ({
          variable,
          name,
          isVariance: false,
          read: () => file.read(name),
          parts: () => arrayParts(file, name),
        })),
      );
    }, tensorBytes);
    return {
      bytes: saving.result,
      saveSeconds: saving.seconds,
      saveMemoryBytes: saving.peakBytes,
      checkSeconds: checking.seconds,
      checkMemoryBytes: checking.peakBytes,
      restoreSeconds: restoring.seconds,
      restoreMemoryBytes: restoring.peakBytes,
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
    tf.dispose([...variables.values()]);
  }
}

/** A variable that alone has its values: with a tensor of them tfjs counts their bytes twice. */
function filled(shape: readonly number[], value: number): tf.Variable {
  const values = tf.fill([...shape], value);
  const variable = tf.variable(values);
  values.dispose();
  return variable;
}

/** While tensors are cloned, as in saving, tfjs counts what they share for each. */
const tensorBytes = (): number => tf.memory().numBytes;

/**
 * The most resident memory besides that of arrays, above what there was before. Garbage is
 * collected first, since the arrays that stand for the device's are garbage once they are replaced.
 * @param arrayBytes what the arrays take up, where that changes
 */
async function measured<T>(
  work: () => Promise<T>,
  arrayBytes: () => number = () => 0,
): Promise<{ result: T; seconds: number; peakBytes: number }> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const besidesArrays = () => {
    // The second waits until what the first found is freed.
    collect();
    collect();
    return process.memoryUsage().rss - arrayBytes();
  };
  const before = besidesArrays();
  let peak = before;
  const timer = setInterval(() => (peak = Math.max(peak, besidesArrays())), 250);
  const started = performance.now();
  try {
    const result = await work();
    return { result, seconds: (performance.now() - started) / 1000, peakBytes: peak - before };
  } finally {
    clearInterval(timer);
  }
}
