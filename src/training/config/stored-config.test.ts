import { describe, expect, it } from 'vitest';
import { fitted, misfitWords, type JsonObject } from '../../core/schema/schema';
import { presets, type RunConfig } from './run-config';
import {
  configToStore,
  storedConfig,
  storedConfigSince,
  unknownSettingsWarning,
  withLatestNames,
  withUnknownOf,
  type SettingsChange,
} from './stored-config';

const read = (found: unknown, schema = storedConfig): RunConfig =>
  fitted(schema, found, (misfit) => new Error(misfitWords(misfit)));
const without = (config: RunConfig, ...names: string[]): JsonObject =>
  Object.fromEntries(Object.entries(config).filter(([name]) => !names.includes(name)));

describe('a config that was stored', () => {
  it('is read back, without the version that it is stored with', () => {
    for (const config of Object.values(presets)) {
      expect(configToStore(config).version).toBe(1);
      expect(read(configToStore(config))).toEqual(config);
    }
  });

  it('keeps settings that were removed or are of a later version, and says so', () => {
    const found = { ...configToStore(presets.demo), version: 7, optimiser: 'SGD', warm: { up: 3 } };
    const config = read(found);
    expect(config).toEqual({ ...presets.demo, version: 7, optimiser: 'SGD', warm: { up: 3 } });
    expect(configToStore(config)).toEqual(found);
    expect(unknownSettingsWarning(config, 'The saved run')).toBe(
      'The saved run has settings that this studio doesn\'t know: "optimiser", "warm". They are ' +
        'kept, without effect here.',
    );
    expect(unknownSettingsWarning(presets.demo, 'It')).toBeNull();
    // A run that goes on with settings of its own writes them again.
    expect(withUnknownOf(config, { ...presets.demo, epochs: 3 })).toEqual({ ...config, epochs: 3 });
  });

  it('of a release without a version does what that release did', () => {
    const names = ['microBatch', 'centres', 'validateEvery', 'patience', 'method', 'fullReadings'];
    // The preset has class centres that grow, and slices of 128, since a later release.
    expect(read(without(presets.published, ...names))).toEqual({
      ...presets.published,
      microBatch: 0,
      centres: 'first-pass',
      validateEvery: 0,
    });
    expect(read({ version: 1, ...without(presets.published, ...names) })).toEqual(
      presets.published,
    );
  });

  it('has the new names of settings that were renamed', () => {
    const history: SettingsChange[] = [
      { before: { copies: 1 } },
      { renamed: { lr: 'learningRate', rate: 'learningRate' } },
      { renamed: { batch: 'batchSize' } },
    ];
    const schema = storedConfigSince(history);
    const older = { ...without(presets.demo, 'learningRate', 'batchSize'), lr: 0.5, batch: 16 };
    expect(read(older, schema)).toEqual({ ...presets.demo, learningRate: 0.5, batchSize: 16 });
    // In version 2 "lr" is no old name any more, but one that nobody knows.
    expect(read({ version: 2, ...older }, schema)).toEqual({
      ...presets.demo,
      batchSize: 16,
      lr: 0.5,
    });
    expect(withLatestNames({ lr: 1, learningRate: 2, odd: 3 }, history)).toEqual({
      learningRate: 2,
      odd: 3,
    });
  });

  it.each<[string, unknown, string]>([
    ['a text', 'epochs', 'it is "epochs"; an object was expected'],
    ['a setting out of range', { epochs: 0 }, 'epochs is 0; a whole number from 1 to 1000'],
    ['NaN', { learningRate: NaN }, 'learningRate is NaN; a number from 1e-8 to 1'],
    ['another preset', { preset: 'fast' }, 'preset is "fast"; one of demo, photographs, published'],
    ['a version that is none', { version: -1 }, 'version is -1; a whole number'],
    ['centres without a file', { centres: 'file' }, 'centreFiles is ""; the address of class'],
  ])('is refused if it is or has %s', (_, found, words) => {
    expect(() => read(found)).toThrow(words);
  });
});
