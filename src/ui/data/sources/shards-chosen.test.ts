import { expect, it } from 'vitest';
import { presets } from '../../../training/config/run-config';
import { shardsChosen } from './shards-chosen';
import { sourceGallery } from './source-gallery';

it('leaves the settings of a mirror behind when other pictures are chosen', () => {
  const mirror = sourceGallery.find(({ isMirror }) => isMirror)!;
  const onMirror = shardsChosen(
    { shards: mirror.shards, part: mirror.settings },
    { config: { ...presets.demo, seed: 3 }, errors: [] },
  ).config!;
  expect(onMirror).toMatchObject({ ...mirror.settings, preset: 'photographs', seed: 3 });
  const own = shardsChosen({ shards: 'files:mine' }, { config: onMirror, errors: [] }).config!;
  expect(own).toEqual({ ...presets.photographs, seed: 3, shards: 'files:mine' });
});
