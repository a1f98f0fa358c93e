import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { fixedFace } from '../../../../test/fixtures/fixed-face';
import { smallIjb } from '../../../../test/fixtures/small-ijb';
import { smallBackbone } from '../../../../test/fixtures/small-run';
import { ijbText } from '../../../cli/commands/evaluate/evaluate-ijb';
import { startNodeWasm } from '../../../cli/node/node-backend';
import { CROP_SIZE } from '../../../faces/face-record';
import { CROP_BYTES } from '../../../faces/decode/packed-batch';
import { TEMPLATE } from '../../../faces/similarity-transform';
import { StudioError } from '../../../core/studio-error';
import type { Backbone } from '../../../models/backbones/backbone';
import { createHead } from '../../../models/heads/create-head';
import type { EvaluatedHead } from '../evaluate';
import { evaluateIjb, type EvaluateIjbOptions } from './evaluate-ijb';
import type { IjbRelease } from './ijb-release';

/** Matches the error of a release all of whose pictures are unreadable. */
const NO_PAIR_SCORED = new RegExp(
  '^None of the pairs of IJB-small could be scored; 80 of 80 pictures are lost, ' +
    "the first (\\S+): loose_crop/\\1 can't be read\\.$",
);

describe('an IJB release', () => {
  let backbone: Backbone;
  beforeAll(async () => {
    await startNodeWasm();
    backbone = smallBackbone();
  });
  const options = (
    release: IjbRelease,
    heads: readonly EvaluatedHead[] = [],
  ): EvaluateIjbOptions => ({
    release,
    methods: heads.length > 0 ? ['cosine', 'scf'] : ['cosine'],
    backbone,
    heads,
    policy: 'ijb-published',
    baseline: { norm: true, detectorScore: true },
    networks: null,
  });

  it('is pooled template by template and scored, with progress', async () => {
    const head = createHead(
      'compact',
      { convShape: backbone.convShape, embeddingDim: backbone.embeddingDim, initialLogKappa: 6 },
      1,
      2 ** 30,
    );
    const reported: string[] = [];
    const result = await evaluateIjb({
      ...options(smallIjb(), [{ name: 'h', head, method: 'scf', radius: 64, calibration: null }]),
      onProgress: (what, done, total) => reported.push(`${what} ${done}/${total}`),
    });
    expect(result).toMatchObject({
      data: 'IJB-small',
      pictures: 80,
      templates: 20,
      pairs: 190,
      lost: [],
      lostTemplates: [],
      methods: { cosine: { genuine: 10, impostor: 180, lostPairs: 0 }, scf: { genuine: 10 } },
    });
    expect(result.bootstrap).toEqual({ resamples: 1000, over: 'people', units: 10 });
    // A FAR of a hundredth would have two of the impostor pairs above its threshold.
    const { tarAtFar, intervals, differences } = result.methods.scf!;
    expect(tarAtFar).toMatchObject({ '0.01': null, '0.1': expect.any(Number) });
    expect(intervals.tarAtFar['0.1']).toHaveLength(2);
    expect(differences!.tarAtFar['0.1']!.interval).toHaveLength(2);
    expect(result.methods.cosine!.differences).toBeNull();
    expect(result.methods.cosine!.auc).toBeGreaterThan(0.95);
    expect(reported).toEqual(expect.arrayContaining(['pictures 80/80', 'pairs 190/190']));
    expect(reported.at(-1)).toBe('resamples 1000/1000');
    head.dispose();
  });

  it('is evaluated without its lost pictures, and names templates that lost all', async () => {
    const whole = smallIjb();
    const detections = new Map([...whole.detections].filter(([name]) => name !== '3-0.jpg'));
    const decode: IjbRelease['decode'] = (picture) =>
      picture.startsWith('0-')
        ? Promise.reject(new StudioError('bad-image', `${picture} is damaged.`, ''))
        : whole.decode(picture);
    const result = await evaluateIjb(options(smallIjb({ detections, decode })));
    expect(result.lost).toHaveLength(9);
    expect(result.lost).toContainEqual({
      picture: '3-0.jpg',
      what: 'undetected',
      reason: 'The release has no points for it.',
    });
    expect([...result.lostTemplates].sort()).toEqual([100, 101]);
    expect(result.methods.cosine).toMatchObject({ genuine: 9, lostPairs: 37 });
  });

  it('has faces detected again if their points are not usable, with the reasons', async () => {
    const whole = smallIjb();
    const detections = new Map(whole.detections);
    detections.set('1-0.jpg', { points: TEMPLATE.map(() => [-1, -1] as const), score: -1 });
    detections.set('2-0.jpg', { points: TEMPLATE.map(() => [40, 40] as const), score: 0.9 });
    detections.delete('3-0.jpg');
    const networks = async () => fixedFace({ scale: 1, left: 0, top: 0 });
    const redetected = await evaluateIjb({ ...options(smallIjb({ detections })), networks });
    expect(redetected.lost).toEqual([]);
    expect([...redetected.foundAnew].sort((a, b) => a.picture.localeCompare(b.picture))).toEqual([
      { picture: '1-0.jpg', reason: 'Its points in the release are −1, which stands for none.' },
      { picture: '2-0.jpg', reason: 'Its points in the release are not five different ones.' },
      { picture: '3-0.jpg', reason: 'The release has no points for it.' },
    ]);
    expect(redetected.methods.cosine!.auc).toBeGreaterThan(0.95);
    const none = await evaluateIjb({
      ...options(smallIjb({ detections })),
      networks: async () => fixedFace(null),
    });
    expect(none.foundAnew).toEqual([]);
    expect(none.lost).toContainEqual({
      picture: '1-0.jpg',
      what: 'undetected',
      reason:
        'Its points in the release are −1, which stands for none. No face was found in it either.',
    });
    expect(none.lost).toHaveLength(3);
  });

  it('names templates without a detector score, and pools them with equal weights', async () => {
    const whole = smallIjb();
    const unscored = new Map(
      [...whole.detections].map(([name, detection]) => [
        name,
        { ...detection, score: name.startsWith('4-') ? 0 : 0.9 },
      ]),
    );
    const result = await evaluateIjb(options(smallIjb({ detections: unscored })));
    expect([...result.withoutScores].sort()).toEqual([108, 109]);
    expect(result).toMatchObject({
      lost: [],
      cancelled: {},
      methods: { cosine: { genuine: 10, lostPairs: 0 } },
    });
    expect(ijbText(result)).toContain(
      'No picture has a detector score above 0 in templates 108, 109',
    );
  });

  it('is evaluated without a template whose pictures cancel out, and names it', async () => {
    const whole = smallIjb();
    // A backbone that gives a black picture the zero vector.
    const blind: Backbone = {
      ...backbone,
      run: (batch) => {
        const { embedding, convFeature } = backbone.run(batch);
        const sees = Float32Array.from({ length: batch.size }, (_, row) =>
          Number(batch.pixels.subarray(row * CROP_BYTES, (row + 1) * CROP_BYTES).some(Boolean)),
        );
        return { embedding: tf.mul(embedding, tf.tensor2d(sees, [batch.size, 1])), convFeature };
      },
    };
    const black = { width: CROP_SIZE, height: CROP_SIZE, data: new Uint8Array(CROP_BYTES) };
    const decode: IjbRelease['decode'] = async (picture) =>
      picture.startsWith('4-') ? black : whole.decode(picture);
    const result = await evaluateIjb({ ...options(smallIjb({ decode })), backbone: blind });
    expect(result).toMatchObject({
      lost: [],
      lostTemplates: [],
      cancelled: { cosine: [108, 109] },
    });
    expect(result.methods.cosine).toMatchObject({ genuine: 9, lostPairs: 37 });
    const text = ijbText(result);
    expect(text).toContain(
      'Cosine leaves out templates 108, 109, whose pictures cancel each other out.',
    );
    expect(text).toMatch(/Cosine, here .* 153 of 190 pairs/);
  });

  it('is refused with the first lost picture if no pair can be scored', async () => {
    const decode = (picture: string) => {
      const missing = new StudioError('bad-source', `loose_crop/${picture} can't be read.`, '');
      return Promise.reject(missing);
    };
    await expect(evaluateIjb(options(smallIjb({ decode })))).rejects.toMatchObject({
      code: 'bad-source',
      message: expect.stringMatching(NO_PAIR_SCORED),
    });
  });

  it('is refused if its pairs name templates without pictures', async () => {
    const pairs = { first: Int32Array.of(100), second: Int32Array.of(999), same: Uint8Array.of(1) };
    await expect(evaluateIjb(options(smallIjb({ pairs })))).rejects.toMatchObject({
      code: 'bad-source',
      message: expect.stringContaining('names template 999'),
    });
  });
});
