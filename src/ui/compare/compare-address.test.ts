import { beforeEach, describe, expect, it } from 'vitest';
import { pristine } from '../../faces/face-record';
import type { ShownFace } from '../../studio/protocol';
import { forgetWorker, studioStore } from '../shell/studio-store';
import { choosePair } from './commands';
import { compareAddress, readComparison, writtenComparison } from './compare-address';
import { facesReducer } from './faces-slice';

const shown = (id: string, more: Partial<ShownFace> = {}): ShownFace => ({
  id,
  name: id,
  crop: new Uint8ClampedArray(),
  levels: pristine,
  kappa: 1,
  embeddingNorm: 1,
  weight: 1,
  photo: null,
  origin: 'sample',
  person: null,
  ...more,
});
const state = () => studioStore.getState();

describe('the comparison in the address', () => {
  beforeEach(() => studioStore.setState(studioStore.getInitialState()));

  it('is read back as it was written: keys, sliders, method, rate', () => {
    studioStore.setState({
      wantedPair: null,
      sampleKeys: { '1': '00132-010', '2': '00132-005', '3': 'x/y_1.a' },
      faces: {
        a: [shown('1', { levels: { ...pristine, blur: 0.6, jpeg: 0.05 } }), shown('3')],
        b: [shown('2')],
      },
      // A slider that has moved on since the last reading.
      draftLevels: { '2': { ...pristine, noise: 0.25 } },
      verdictMethod: 'cosine',
      verdictFar: 0.001,
    });
    const params = writtenComparison(state());
    expect(params).toEqual({
      a: '00132-010*blur*0.6*jpeg*0.05**x/y_1.a',
      b: '00132-005*noise*0.25',
      verdict: 'cosine',
      far: '0.001',
    });
    expect(readComparison(params)).toEqual({
      warnings: [],
      value: {
        method: 'cosine',
        far: 0.001,
        pair: {
          a: [
            { key: '00132-010', levels: { ...pristine, blur: 0.6, jpeg: 0.05 } },
            { key: 'x/y_1.a', levels: pristine },
          ],
          b: [{ key: '00132-005', levels: { ...pristine, noise: 0.25 } }],
        },
      },
    });
    compareAddress.read(params).obey();
    expect(writtenComparison(state())).toEqual(params);
    expect(state().wantedPair).toMatchObject({ b: [{ key: '00132-005' }] });
  });

  it('is there while the pictures that were chosen are being read', () => {
    const levels = { ...pristine, blur: 0.5 };
    choosePair({
      a: [
        { key: '1', levels: pristine },
        { key: '2', levels },
      ],
      b: [{ key: '3', levels: pristine }],
    });
    expect(writtenComparison(state())).toEqual({ a: '1**2*blur*0.5', b: '3' });
    studioStore.setState((before) =>
      facesReducer({ type: 'face-busy', slot: 'a', busy: false }, before),
    );
    expect(writtenComparison(state())).toEqual({});
  });

  it('is wanted again of a worker that takes the place of one that died', () => {
    studioStore.setState({
      wantedPair: null,
      sampleKeys: { '1': 'x', '2': 'y' },
      faces: { a: [shown('1')], b: [shown('2')] },
      verdictMethod: 'cosine',
    });
    const params = writtenComparison(state());
    forgetWorker();
    expect(state().faces).toEqual({ a: [], b: [] });
    expect(writtenComparison(state())).toEqual(params);
  });

  it('says nothing of a picture of one’s own, nor of what goes without saying', () => {
    studioStore.setState({
      wantedPair: null,
      sampleKeys: { '1': 'k' },
      faces: { a: [shown('1')], b: [shown('2', { origin: 'photo', name: 'me.jpg' })] },
    });
    expect(writtenComparison(state())).toEqual({});
  });

  it.each([
    [{ a: '1*blur', b: '2' }, '"a"'],
    [{ a: '1*fog*0.5', b: '2' }, '"a"'],
    [{ a: '1', b: '2*blur*7' }, '"b"'],
    [{ a: '1', b: '**' }, '"b"'],
    [{ verdict: 'magic' }, '"verdict"'],
    [{ far: '0.5' }, '"far"'],
  ])('leaves out what can’t be used, and names it: %j', (params, named) => {
    const { value, warnings } = readComparison(params);
    expect(value).toEqual({ pair: null, method: null, far: null });
    expect(warnings).toEqual([expect.stringContaining(named)]);
  });
});
