import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../core/seeded-random';
import { presets, resolveConfig, type RunConfig } from '../../../training/config/run-config';
import { configFromParams, paramsOf } from './config-url';

const configFromHash = (hash: string) =>
  configFromParams(new URLSearchParams(hash.replace(/^#/, '')));
const hashOf = (config: RunConfig) => new URLSearchParams(paramsOf(config)).toString();

describe('the experiment in the address', () => {
  it('is the demo preset if the address has no settings', () => {
    for (const hash of ['', '#'])
      expect(configFromHash(hash)).toEqual({ config: presets.demo, warning: null });
  });

  it('is the preset’s name alone if nothing differs from it', () => {
    expect(hashOf(presets.demo)).toBe('preset=demo');
    expect(configFromHash('#preset=demo')).toEqual({ config: presets.demo, warning: null });
    for (const preset of ['photographs', 'published'] as const) {
      expect(hashOf(presets[preset])).toBe(`preset=${preset}`);
      expect(configFromHash(`#preset=${preset}`)).toEqual({
        config: presets[preset],
        warning: null,
      });
    }
  });

  it('has the preset for its source if it names none', () => {
    expect(configFromHash('#shards=https://host/mine.tar').config.preset).toBe('photographs');
    expect(configFromHash('#shards=shards/demo/demo-0000.tar').config.preset).toBe('demo');
  });

  it.each([
    ['numbers', { epochs: 12, learningRate: 1e-7, gamma: 0.123456789 }],
    ['a switch', { dropLast: true, flip: true }],
    [
      'a pattern with special characters',
      { shards: 'https://host/a b/{0000..0099}.tar?x=1&y=%20#z' },
    ],
    ['a folder whose name looks like a number', { shards: '0007' }],
    ['a folder whose name looks like a switch', { shards: 'true' }],
    [
      'choices',
      {
        head: 'tface-conv',
        objective: 'reference',
        schedule: 'ReduceLROnPlateau',
        features: 'stream',
      },
    ],
  ])('is read back unchanged: %s', (_, changes) => {
    for (const preset of ['demo', 'photographs', 'published']) {
      const config = resolveConfig({ preset, ...changes });
      expect(configFromHash(`#${hashOf(config)}`)).toEqual({ config, warning: null });
    }
  });

  it.each([
    ['a value out of range', 'epochs=0', '"epochs" is 0; it takes a whole number'],
    ['a word for a number', 'epochs=many', '"epochs" is "many"'],
    ['nothing for a number', 'epochs=', '"epochs" is ""'],
    ['a number for a switch', 'flip=1', '"flip" is 1; it takes true or false'],
    ['an unknown setting', 'epoch=3', '"epoch" is not a setting of a run.'],
    ['a name that every object has', 'constructor=3', '"constructor" is not a setting'],
    ["a name of every object's kind", '__proto__=3', '"__proto__" is not a setting'],
    ['centres without a file', 'centres=file', '"centreFiles" is ""'],
    ['a file without its centres', 'centreFiles=fc.pt', '"centreFiles" is "fc.pt"'],
  ])('loses only a setting that can’t be used, and names it: %s', (_, stale, named) => {
    const { config, warning } = configFromHash(`#preset=published&seed=5&${stale}&gamma=0.25`);
    expect(config).toEqual({ ...presets.published, seed: 5, gamma: 0.25 });
    expect(warning).toContain("The address holds a setting that can't be used and was left out.");
    expect(warning).toContain(named);
  });

  it('has the preset for its source if its own is not known', () => {
    const { config, warning } = configFromHash('#preset=paper&epochs=7&shards=files:mine');
    expect(config).toEqual({ ...presets.photographs, epochs: 7, shards: 'files:mine' });
    expect(warning).toContain('"preset" is "paper"; it takes one of demo, photographs, published.');
  });

  it('names each of several', () => {
    const { config, warning } = configFromHash('#preset=demo&a=1&b=2&epochs=3');
    expect(config).toEqual({ ...presets.demo, epochs: 3 });
    expect(warning).toMatch(/2 settings that can't be used and were left out\. "a" is .*"b" is/);
  });

  it('has nothing of a config but settings that this version knows', () => {
    const config = { ...presets.demo, epochs: 3, optimiser: 'SGD' };
    expect(hashOf(config)).toBe('preset=demo&epochs=3');
  });

  it('is a config that can be trained with, whatever the address', () => {
    const random = seededRandom(31);
    const pick = <T>(list: readonly T[]): T => list[Math.floor(random.next() * list.length)]!;
    const names = [...Object.keys(presets.demo), 'optimiser', '__proto__', '', 'toString'];
    const values = ['', '0', '-1', '3', '1e999', 'NaN', 'null', '[1]', '{"a":1}', 'true', 'file'];
    const more = ['demo', 'published', 'RGB 1 0', '%', '%E0%A4', 'auto', 'first-pass', '\u0000'];
    for (let i = 0; i < 2000; i++) {
      const pairs = Array.from(
        { length: 1 + Math.floor(random.next() * 8) },
        () => `${pick(names)}=${pick([...values, ...more])}`,
      );
      const { config } = configFromHash(`#${pairs.join('&')}`);
      expect(resolveConfig({ ...config }), pairs.join('&')).toEqual(config);
      expect(configFromHash(`#${hashOf(config)}`), pairs.join('&')).toEqual({
        config,
        warning: null,
      });
    }
  });
});
