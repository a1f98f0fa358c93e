import { describe, expect, it } from 'vitest';
import { adaptedWords, adaptToSize } from './adapt-to-size';
import { presets, resolveConfig, type RunConfig } from './run-config';

const { photographs } = presets;
const trained = ({ validationFraction }: RunConfig, images: number) =>
  images * (1 - validationFraction);
/** Steps of all epochs. */
const stepsOf = (config: RunConfig, images: number) =>
  (config.epochs * trained(config, images) * (config.features === 'reuse' ? config.copies : 1)) /
  config.batchSize;

describe('adaptToSize', () => {
  it.each([
    [200, { copies: 8, batchSize: 128, epochs: 40, weightDecay: 0.1 }],
    [500, { copies: 8, batchSize: 256, epochs: 40, weightDecay: 0.1 }],
    [2000, { copies: 5, epochs: 20, stepSize: 5, patience: 6, weightDecay: 0.05 }],
    [5110, { copies: 5, epochs: 8, stepSize: 2, gamma: 0.4, weightDecay: 0.02 }],
    [100_000, { copies: 3, features: 'reuse', centres: 'first-pass' }],
    [300_000, { features: 'stream', centres: 'growing', validateEvery: 1000 }],
    [5_180_000, { features: 'stream', epochs: 2, stepSize: 1, gamma: 0.064, weightDecay: 0.003 }],
  ])('has settings for %i pictures that are valid and fixed', (images, expected) => {
    const config = adaptToSize(photographs, { images });
    expect(config).toMatchObject(expected);
    expect(resolveConfig({ ...config })).toEqual(config);
    expect(adaptToSize(config, { images })).toEqual(config);
  });

  it('keeps the number of steps from 500 to 20,000 pictures', () => {
    for (const images of [500, 1000, 2000, 5110, 20_000]) {
      const steps = stepsOf(adaptToSize(photographs, { images }), images);
      expect(steps).toBeGreaterThan(450);
      expect(steps).toBeLessThan(1000);
    }
  });

  it('leaves alone what a person has chosen, and fits the rest to it', () => {
    const own = { ...photographs, copies: 2, stepSize: 3 };
    const config = adaptToSize(own, { images: 5110 });
    expect(config).toMatchObject({ copies: 2, stepSize: 3 });
    expect(config.epochs).toBeGreaterThan(adaptToSize(photographs, { images: 5110 }).epochs);
    const named = adaptToSize(photographs, { images: 500 }, (name) => name === 'epochs');
    expect(named.epochs).toBe(photographs.epochs);
  });

  it('leaves other presets alone, and a source of unknown size', () => {
    for (const preset of [presets.demo, presets.published])
      expect(adaptToSize(preset, { images: 500 })).toBe(preset);
    expect(adaptToSize(photographs, {})).toBe(photographs);
    expect(adaptedWords(photographs, {})).toContain('not known');
  });

  it('estimates the number of pictures from their bytes', () => {
    const byBytes = adaptToSize(photographs, { bytes: 32e6 });
    expect(byBytes).toEqual(adaptToSize(photographs, { images: 4923 }));
    expect(adaptedWords(byBytes, { bytes: 32e6 })).toContain('For about 4,923 pictures');
  });
});
