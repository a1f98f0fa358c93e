import { describe, expect, it } from 'vitest';
import { presets, resolveConfig } from '../../training/config/run-config';
import { configFromHash, hashOf } from './config-url';

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
    ['a value out of range', '#preset=published&epochs=0', '"epochs"'],
    ['a word for a number', '#epochs=many', '"epochs"'],
    ['nothing for a number', '#epochs=', '"epochs"'],
    ['a number for a switch', '#flip=1', '"flip"'],
    ['an unknown setting', '#epoch=3', '"epoch"'],
    ['a name that every object has', '#constructor=3', '"constructor"'],
    ['an unknown preset', '#preset=paper', '"preset"'],
  ])('shows the demo preset and says why for %s', (_, hash, named) => {
    const { config, warning } = configFromHash(hash);
    expect(config).toEqual(presets.demo);
    expect(warning).toContain('the demo preset is shown');
    expect(warning).toContain(named);
  });
});
