import { expect, it } from 'vitest';
import { presets } from './run-config';
import { sharedConfig } from './shared-config';

it.each([
  ['/home/ann/private/celeba/manifest.json', 'celeba/manifest.json'],
  ['C:\\Users\\ann\\celeba\\manifest.json', 'celeba/manifest.json'],
  ['../../ann/celeba', 'ann/celeba'],
  ['shards/demo/manifest.json', 'shards/demo/manifest.json'],
  ['https://host/deep/down/ms1m-{0000..0099}.tar', 'https://host/deep/down/ms1m-{0000..0099}.tar'],
  ['files:faces', 'files:faces'],
])('sharedConfig cuts %s to %s', (path, expected) => {
  expect(
    sharedConfig({ ...presets.demo, shards: path, backbone: path, centreFiles: path }),
  ).toMatchObject({ shards: expected, backbone: expected, centreFiles: expected, seed: 777 });
});
