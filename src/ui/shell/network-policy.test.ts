import { expect, it } from 'vitest';
import { addressWith, connectPolicy, reachOf } from './network-policy';

const here = 'https://studio.example/app/?view=data#preset=demo';

it('is the page’s own machine, those that the address names, or any where the address says so', () => {
  expect(reachOf(here, 'shards/demo/manifest.json')).toEqual({ kind: 'own' });
  expect(reachOf(here, 'files:faces')).toEqual({ kind: 'own' });
  expect(reachOf(here, 'https://faces.example:8443/ms1m-{0000..0099}.tar')).toEqual({
    kind: 'named',
    origins: ['https://faces.example:8443'],
  });
  expect(reachOf(addressWith(true, here), 'https://faces.example/a.tar')).toEqual({ kind: 'any' });
  expect(reachOf('https://studio.example/?network=off', 'x.tar')).toEqual({ kind: 'own' });
});

it('is said as a policy', () => {
  expect(connectPolicy({ kind: 'own' })).toBe("connect-src 'self' blob: data:");
  expect(connectPolicy({ kind: 'named', origins: ['https://faces.example'] })).toBe(
    "connect-src 'self' blob: data: https://faces.example",
  );
  expect(connectPolicy({ kind: 'any' })).toBeNull();
});

it('is opened and sealed by the address, which keeps the rest', () => {
  const open = addressWith(true, here);
  expect(open).toBe('https://studio.example/app/?view=data&network=on#preset=demo');
  expect(addressWith(false, open)).toBe(here);
});
