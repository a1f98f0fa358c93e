import { describe, expect, it } from 'vitest';
import { createMethod } from '../../confidence/methods';
import { scorePairsBy, type EvaluatedFace, type EvaluatedPair } from '../evaluated-pairs';
import { discardReport } from './discard-report';
import { normSentence, pairQualities, type ExternalQuality } from './pair-qualities';

const face = (angle: number, embeddingNorm: number, more: Partial<EvaluatedFace> = {}) => [
  {
    mu: Float32Array.of(Math.cos(angle), Math.sin(angle)),
    embeddingNorm,
    concentrations: [Float32Array.of(10 * embeddingNorm)],
    detectorScore: 0.5,
    faceSize: 80,
    sharpness: 100,
    ...more,
  },
];
const pair = (a: EvaluatedPair['a'], b: EvaluatedPair['a'], same = true): EvaluatedPair => ({
  a,
  b,
  same,
  fold: 0,
});
const methods = [
  { method: createMethod('cosine', { radius: 1 }), head: null },
  { method: createMethod('scf', { radius: 64 }), head: 0 },
  {
    method: createMethod('scf-calibrated', { radius: 64, calibration: { scale: 1, power: 0.5 } }),
    head: 0,
  },
];
const qualitiesOf = (pairs: EvaluatedPair[], external: ExternalQuality[] = []) =>
  pairQualities(
    pairs,
    methods,
    methods.map((use) => scorePairsBy(use, pairs)),
    external,
  );
/** Three genuine pairs, the nearer the longer their shorter embedding. */
const rising = [1, 2, 3].map((norm) => pair(face(0, norm), face(1 / norm, norm + 5)));

describe('a pair’s qualities', () => {
  it('are the lower of its two sides, one row for each head', () => {
    const { qualities, leftOut } = qualitiesOf(rising);
    expect(qualities.map(({ name }) => name)).toEqual([
      'κ of SCF',
      '‖embedding‖',
      'detector score',
      'face size',
      'sharpness',
    ]);
    expect([...qualities[0]!.values]).toEqual([10, 20, 30]);
    expect([...qualities[1]!.values]).toEqual([1, 2, 3]);
    expect(leftOut).toEqual([]);
  });

  it('leave out the detector’s where a face wasn’t detected, with the reason', () => {
    const crop = face(0, 1, { detectorScore: null, faceSize: null });
    const { qualities, leftOut } = qualitiesOf([...rising, pair(crop, face(0.1, 2))]);
    expect(qualities.map(({ kind }) => kind)).toEqual(['confidence', 'norm', 'sharpness']);
    expect(leftOut.map(({ name }) => name)).toEqual(['detector score', 'face size']);
    expect(leftOut[0]!.reason).toContain('1 of 8 faces');
  });

  it('of a file where lower is better are those of the side with the higher number', () => {
    const sides = { a: Float64Array.of(1, 5, NaN), b: Float64Array.of(2, 3, 4) };
    const values = (lowerIsBetter: boolean) => [
      ...qualitiesOf(rising, [{ name: 'X', sides, lowerIsBetter }]).qualities.at(-1)!.values,
    ];
    expect(values(false)).toEqual([1, 3, NaN]);
    expect(values(true)).toEqual([-2, -5, NaN]);
  });
});

describe('‖embedding‖', () => {
  it('points the way in which genuine pairs are nearer, and is used in it', () => {
    const up = qualitiesOf(rising).norm;
    expect(up).toEqual({ spearman: 1, isLargerSurer: true });
    expect(normSentence({ ...up, spearman: 0.41 })).toBe(
      '‖embedding‖: larger is surer here (ρ .41)',
    );
    const falling = [1, 2, 3].map((norm) => pair(face(0, norm), face(norm / 3, norm + 5)));
    const { norm, qualities } = qualitiesOf(falling);
    expect(normSentence(norm)).toBe('‖embedding‖: smaller is surer here (ρ −1.00)');
    // The side with the longer embedding is the less sure one.
    expect([...qualities[1]!.values]).toEqual([-6, -7, -8]);
    expect(qualities[1]!.name).toBe('−‖embedding‖');
  });

  it('says nothing where it hardly goes with cos θ, or where nothing can be said', () => {
    expect(normSentence({ spearman: -0.04, isLargerSurer: false })).toBe(
      '‖embedding‖: says nothing here (ρ −.04; smaller is taken for surer)',
    );
    expect(qualitiesOf([pair(face(0, 1), face(1, 1), false)]).norm.spearman).toBeNull();
  });
});

describe('the report of error against discard', () => {
  // The nearest half of 40 genuine pairs has the longest embeddings; 60 impostor pairs.
  const pairs = Array.from({ length: 100 }, (_, i) =>
    i < 40
      ? pair(face(0, 1 + i), face(i < 2 ? 2 : 0.5 - i / 100, 50))
      : pair(face(0, 1 + (i % 40)), face(2 + i / 100, 50), false),
  );
  const scored = methods.map((use) => scorePairsBy(use, pairs));
  const sides = {
    a: Float64Array.from(pairs, (_, i) => (i % 2 ? i : NaN)),
    b: Float64Array.from(pairs, () => 1000),
  };
  const external = [{ name: 'half', sides, lowerIsBetter: false }];
  const report = discardReport(pairs, methods, scored, { seed: 1, external });

  it('has a row for each quality and chance, by every method’s scores', () => {
    const names = report.qualities.map(({ name }) => name);
    expect(names.slice(-2)).toEqual(['half', 'chance']);
    for (const { '2303.13294': edc, 'cr-fiqa': erc } of Object.values(report.methods)) {
      expect(edc!.rows.map(({ quality }) => quality)).toEqual(names);
      expect(erc.rows.filter(({ fmr }) => fmr === 1e-2).map(({ quality }) => quality)).toEqual(
        names,
      );
    }
  });

  it('discards the errors first by a good quality, and at random by chance', () => {
    const rows = report.methods.cosine!['2303.13294']!.rows;
    const norm = rows.find(({ quality }) => quality === '‖embedding‖')!;
    const chance = rows.at(-1)!;
    expect(norm.fnmr[0]).toBe(0.05);
    expect(norm.fnmrAt).toEqual({ '0.05': 0, '0.2': 0 });
    expect(chance.fnmrAt['0.2']).toBeGreaterThan(0.02);
    expect(norm.areaAboveBest).toBeLessThan(0.1 * chance.areaAboveBest);
  });

  it('counts the pairs of a quality that not all have', () => {
    const rows = report.methods.cosine!['2303.13294']!.rows;
    expect(rows.map(({ comparisons }) => comparisons)).toEqual([40, 40, 40, 40, 40, 20, 40]);
  });

  it('says how many impostor pairs a FMR needs', () => {
    const { reach, rows } = report.methods.cosine!['cr-fiqa'];
    expect(reach).toEqual([1e-2, 1e-3, 1e-4].map((fmr) => ({ fmr, measured: null })));
    expect(rows[0]!.reason).toBe('needs 1,000 impostor pairs; 60 are kept');
  });
});
