import { expect, it } from 'vitest';
import { addressWith, connectDirective, policyFor } from './network-policy';

const here = 'https://studio.example/app/?view=data#preset=demo';

it('allows the page’s own machine, those named in the address, or any machine', () => {
  expect(policyFor(here, 'shards/demo/manifest.json')).toEqual({ kind: 'own' });
  expect(policyFor(here, 'files:faces')).toEqual({ kind: 'own' });
  expect(policyFor(here, 'https://faces.example:8443/ms1m-{0000..0099}.tar')).toEqual({
    kind: 'named',
    origins: ['https://faces.example:8443'],
  });
  expect(policyFor(addressWith(true, here), 'https://faces.example/a.tar')).toEqual({
    kind: 'any',
  });
  expect(policyFor('https://studio.example/?network=off', 'x.tar')).toEqual({ kind: 'own' });
});

it('is written as a directive', () => {
  expect(connectDirective({ kind: 'own' })).toBe("connect-src 'self' blob: data:");
  expect(connectDirective({ kind: 'named', origins: ['https://faces.example'] })).toBe(
    "connect-src 'self' blob: data: https://faces.example",
  );
  expect(connectDirective({ kind: 'any' })).toBeNull();
});

it('is opened and sealed through the address, which keeps its other parameters', () => {
  const open = addressWith(true, here);
  expect(open).toBe('https://studio.example/app/?view=data&network=on#preset=demo');
  expect(addressWith(false, open)).toBe(here);
});
