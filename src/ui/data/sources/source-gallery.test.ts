import { describe, expect, it } from 'vitest';
import { expandPattern } from '../../../faces/sources/webdataset/shard-list';
import {
  presets,
  resolveConfig,
  withSource,
  type RunConfig,
} from '../../../training/config/run-config';
import { foreignOriginsOf } from './origins';
import { choiceOf, sourceGallery } from './source-gallery';

const entry = (id: string) => sourceGallery.find((candidate) => candidate.id === id)!;

describe('sourceGallery', () => {
  it('names each shard of the mirrors', () => {
    const [v3, v2] = [expandPattern(entry('ms1mv3').shards), expandPattern(entry('ms1mv2').shards)];
    expect(v3).toHaveLength(100);
    expect(v3.at(-1)).toMatch(/\/ms1mv3-0099\.tar$/);
    expect(v2).toHaveLength(117);
    expect(v2.at(-1)).toMatch(/\/shard-000116\.tar$/);
  });

  it('needs consent for exactly the entries on another machine', () => {
    for (const { shards, isMirror } of sourceGallery)
      expect(foreignOriginsOf(shards, 'https://here.example/').length > 0).toBe(isMirror);
  });

  it('says of every mirror whose pictures it holds and which host sees this machine', () => {
    for (const { licence, privacy } of sourceGallery.filter(({ isMirror }) => isMirror)) {
      expect(licence).toMatch(/without their consent.*non-commercial/);
      expect(privacy).toMatch(/huggingface\.co/);
    }
  });

  it('sets only valid settings', () => {
    for (const { shards, settings } of sourceGallery)
      expect(() => resolveConfig({ ...presets.demo, ...settings, shards })).not.toThrow();
  });
});

describe('choiceOf', () => {
  it('lists the settings that change', () => {
    const { part, changes } = choiceOf(entry('ms1mv3'), presets.demo);
    expect(part).toMatchObject({ features: 'stream', centres: 'growing', epochs: 2 });
    expect(changes).toEqual([
      'The preset is now “Your photographs”; it was “Demo”',
      '“Between epochs” is now Read again; it was Keep features',
      '“Class centres” is now Growing means; it was Means of the pictures',
      '“Epochs” is now 2; it was 30',
      '“Step size / patience” is now 1; it was 8',
      '“Gamma” is now 0.064; it was 0.4',
      '“Weight decay” is now 0.003; it was 0.03',
      '“Steps between validations” is now 1000; it was 0',
    ]);
    const chosen = { ...withSource(presets.demo, entry('ms1mv3').shards), ...part };
    expect(choiceOf(entry('ms1mv3'), chosen).changes).toEqual([]);
  });

  it('restores the demo’s settings', () => {
    const choose = (id: string, config: RunConfig) => ({
      ...withSource(config, entry(id).shards),
      ...choiceOf(entry(id), config).part,
    });
    expect(choose('demo', choose('ms1mv2', presets.demo))).toEqual(presets.demo);
  });
});
