import { describe, expect, it } from 'vitest';
import { executionSettings } from '../config/execution-settings';
import { resolveConfig, type RunConfig } from '../config/run-config';
import { compareRuns, requireSameData, requireSameRun } from './same-run';

const config = resolveConfig({ epochs: 4 });
const saved = {
  config,
  cursor: { step: 40, epoch: 2, batch: 3, recordsRead: 0 },
  dataFingerprint: 'pictures' as string | null,
};
const refused = (message: string) => expect.objectContaining({ code: 'bad-checkpoint', message });

describe('a saved run', () => {
  it('has no differences with the same settings', () => {
    expect(compareRuns(saved, config)).toEqual({ otherRun: [], epochs: null, execution: [] });
  });

  it('can’t be resumed with another value of any setting that may not change', () => {
    const others: Partial<RunConfig> = { method: 'scf-g', learningRate: 0.001, seed: 778 };
    expect(() => requireSameRun(saved, { ...config, ...others })).toThrow(
      refused(
        'The saved run was begun with seed 777, method "scf", learningRate 0.004; seed ' +
          '778, method "scf-g", learningRate 0.001 was asked for.',
      ),
    );
    for (const name of Object.keys(config) as (keyof RunConfig)[]) {
      if (Object.hasOwn(executionSettings, name) || name === 'epochs' || name === 'shards')
        continue;
      const { otherRun } = compareRuns(saved, { ...config, [name]: 'another' });
      expect(
        otherRun.map((each) => each.name),
        name,
      ).toEqual([name]);
    }
  });

  it('can be resumed with other execution settings', () => {
    const asked = {
      ...config,
      numWorkers: 7,
      checkpointEvery: 3,
      validateEvery: 5,
      tensorboard: true,
      microBatch: 16,
      fullReadings: 60,
    };
    expect(() => requireSameRun(saved, asked)).not.toThrow();
    expect(
      compareRuns(saved, asked)
        .execution.map(({ name }) => name)
        .sort(),
    ).toEqual([
      'checkpointEvery',
      'fullReadings',
      'microBatch',
      'numWorkers',
      'tensorboard',
      'validateEvery',
    ]);
  });

  it('can be resumed although an older version saved it, without a setting that is new', () => {
    const older = Object.entries(config).filter(([name]) => name !== 'fullReadings');
    const read = resolveConfig(Object.fromEntries(older));
    expect(compareRuns({ ...saved, config: read }, config)).toEqual({
      otherRun: [],
      epochs: null,
      execution: [],
    });
  });

  it('may get more or fewer epochs, but not fewer than have begun', () => {
    for (const epochs of [3, 5]) {
      const { otherRun, epochs: found } = compareRuns(saved, { ...config, epochs });
      expect([otherRun, found]).toEqual([[], { name: 'epochs', saved: 4, asked: epochs }]);
    }
    expect(compareRuns(saved, { ...config, epochs: 2 }).otherRun).toHaveLength(1);
  });

  it('may have moved pictures if their fingerprint was saved', () => {
    const moved = { ...config, shards: 'elsewhere' };
    expect(compareRuns(saved, moved).otherRun).toEqual([]);
    expect(
      compareRuns({ ...saved, dataFingerprint: null }, moved).otherRun.map(({ name }) => name),
    ).toEqual(['shards']);
    expect(() => requireSameData(saved, 'pictures', 'elsewhere')).not.toThrow();
    expect(() =>
      requireSameData({ ...saved, dataFingerprint: null }, 'others', 'elsewhere'),
    ).not.toThrow();
    expect(() => requireSameData(saved, 'others', 'elsewhere')).toThrow(
      refused(
        'The saved run was trained on the pictures of shards/demo/manifest.json; those of ' +
          'elsewhere are others.',
      ),
    );
    expect(() => requireSameData(saved, 'others', config.shards)).toThrow(
      refused(
        'The saved run was trained on the pictures of what shards/demo/manifest.json held ' +
          'then; those of shards/demo/manifest.json are others.',
      ),
    );
  });
});
