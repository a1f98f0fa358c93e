import { describe, expect, it } from 'vitest';
import { createMethod } from '../../confidence/methods';
import type { EvaluatedPair } from '../../evaluation/evaluated-pairs';
import { PicturePlan } from '../picture-plan';
import { externalQuality, matchQualities, type QualityFile } from './external-qualities';
import { scoresCsv } from './scores-csv';

const pictures = ['Ann/1.jpg', 'Ann/2.jpg', 'Bob/1.jpg'];
const file = (more: Partial<QualityFile> = {}): QualityFile => ({
  name: 'CR-FIQA',
  file: 'scores.txt',
  lowerIsBetter: false,
  scores: [
    { picture: '/data/Ann/1.jpg', score: 2, line: 1 },
    { picture: '/data/Ann/2.jpg', score: 1, line: 2 },
    { picture: '/data/Cy/1.jpg', score: 9, line: 4 },
  ],
  ...more,
});
const named = [
  { a: 'Ann/1.jpg', b: 'Ann/2.jpg', same: true, fold: 0 },
  { a: 'Ann/1.jpg', b: 'Bob/1.jpg', same: false, fold: 0 },
];

describe('a file’s qualities', () => {
  it('are found by picture; what is left over is counted and named', () => {
    const [matched] = matchQualities([file()], pictures);
    expect([...matched!.byPicture]).toEqual([
      ['Ann/1.jpg', 2],
      ['Ann/2.jpg', 1],
    ]);
    expect(matched!.notice).toBe(
      '1 of 3 pictures has no quality in scores.txt (the first is Bob/1.jpg): their pairs are ' +
        'left out of the row CR-FIQA; 1 line of scores.txt fits no picture (the first is line 4, ' +
        '/data/Cy/1.jpg).',
    );
  });

  it('are refused without any of the pictures, or under a name that is taken', () => {
    expect(() => matchQualities([file()], ['Dan/7.jpg'])).toThrow('none of the 1 pictures');
    expect(() => matchQualities([file(), file()], pictures)).toThrow('"CR-FIQA" is no new name');
    expect(() => matchQualities([file({ name: 'chance' })], pictures)).toThrow('"chance" is no');
  });

  it('are those of pairs as they are, and of no degraded ones', () => {
    const [matched] = matchQualities([file()], pictures);
    const plan = new PicturePlan();
    const clean = plan.addPairs(named, 'none', 1);
    const degraded = plan.addPairs(named, 'one', 1);
    expect(externalQuality(matched!, clean, plan.tasks)).toEqual({
      name: 'CR-FIQA',
      lowerIsBetter: false,
      sides: { a: Float64Array.of(2, 2), b: Float64Array.of(1, NaN) },
    });
    expect(externalQuality(matched!, degraded, plan.tasks)).toMatchObject({
      reason: expect.stringContaining('degraded'),
    });
    expect(externalQuality(matched!, clean.slice(1), plan.tasks)).toMatchObject({
      reason: 'is known for both sides of no pair',
    });
  });
});

it('every pair goes out as CSV, with empty cells for what it has not', () => {
  const face = (x: number, kappa: number): EvaluatedPair['a'] => [
    {
      mu: Float32Array.of(x, Math.sqrt(1 - x * x)),
      embeddingNorm: 3,
      concentrations: [Float32Array.of(kappa)],
      detectorScore: null,
      faceSize: 70,
      sharpness: 250,
    },
  ];
  const protocol = {
    name: 'one degraded',
    degradeSeed: 7,
    pairs: [{ a: face(1, 4), b: face(0, 5), same: true, fold: 0 }],
    pictures: [{ a: ['Ann/a, b.jpg'], b: ['Ann/1.jpg', 'Ann/2.jpg'] }],
    methods: [
      { method: createMethod('cosine', { radius: 1 }), head: null },
      { method: createMethod('scf-g', { radius: 1 }), head: 0 },
    ],
    external: [{ name: 'CR-FIQA', reason: 'is unknown' }],
  };
  const [head, line, ...rest] = scoresCsv(protocol, true).split('\r\n');
  expect(head!.split(',')).toEqual([
    ...['protocol', 'degradeSeed', 'a', 'b', 'genuine', 'cosTheta', 'score:cosine', 'score:scf-g'],
    ...['confidence:scf-g', 'embeddingNorm', 'detectorScore', 'faceSize', 'sharpness', 'CR-FIQA']
      .map((name) => [`${name}:a`, `${name}:b`])
      .flat(),
  ]);
  expect(line).toMatch(/^one degraded,7,"Ann\/a, b\.jpg",Ann\/1\.jpg;Ann\/2\.jpg,1,0,0,-?[\d.]+,/);
  expect(line).toMatch(/,4,5,3,3,,,70,70,250,250,,$/);
  expect(rest).toEqual(['']);
  expect(scoresCsv(protocol, false)).toBe(`${line}\r\n`);
});
