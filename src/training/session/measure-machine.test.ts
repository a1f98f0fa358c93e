import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { smallBackbone } from '../../../test/fixtures/small-run';
import { startNodeWasm } from '../../cli/node/node-backend';
import { measureMachine, MEASUREMENT_ROUNDS } from './measure-machine';

describe('the measurement of a machine', () => {
  beforeAll(async () => void (await startNodeWasm()));

  const options = () => ({
    backbone: smallBackbone(),
    maxBlockBytes: 2 ** 30,
    bytesAllocated: () => tf.memory().numBytes,
    signal: new AbortController().signal,
    onRound: (): void => undefined,
  });

  it('gives rates and the difference between batches, and leaves no tensor', async () => {
    const asked = options();
    const tensors = tf.memory().numTensors;
    const rounds: number[] = [];
    const { backbone, head, bytes } = await measureMachine({
      ...asked,
      onRound: (done) => rounds.push(done),
    });
    expect(backbone.rates.map(({ batch }) => batch)).toEqual([1, 8, 32]);
    for (const { picturesPerSecond } of backbone.rates)
      expect(picturesPerSecond).toBeGreaterThan(0);
    expect(backbone.aloneApart).toBeLessThan(1e-5);
    expect(head.picturesPerSecond).toBeCloseTo(64 * head.stepsPerSecond);
    expect(bytes.late).toBe(bytes.early);
    expect(rounds.at(-1)).toBe(MEASUREMENT_ROUNDS);
    expect(rounds).toEqual([...rounds].sort((a, b) => a - b));
    expect(tf.memory().numTensors).toBe(tensors);
  });

  it('ends when it is aborted, and leaves no tensor', async () => {
    const asked = options();
    const tensors = tf.memory().numTensors;
    const stop = new AbortController();
    const onRound = (done: number) =>
      done === MEASUREMENT_ROUNDS - 5 && stop.abort(new Error('enough'));
    await expect(measureMachine({ ...asked, signal: stop.signal, onRound })).rejects.toThrow(
      'enough',
    );
    expect(tf.memory().numTensors).toBe(tensors);
  });
});
