import { describe, expect, it } from 'vitest';
import { createMethod } from '../../confidence/methods';
import { seededRandom } from '../../core/seeded-random';
import { normalised } from '../../core/vector';
import type { EvaluatedPair } from '../../evaluation/evaluated-pairs';
import { pairReport } from '../../evaluation/pair-report';
import type { EvaluationResult } from '../../inference/evaluation/evaluate';
import { reportEvaluation } from './evaluation-report';

const PEOPLE = 20;
const random = seededRandom(5);
const centres = Array.from({ length: PEOPLE }, () =>
  Float32Array.from({ length: 8 }, () => random.normal()),
);
/** A picture of a person, of a quality that its κ and its distance from the centre show. */
function picture(person: number): EvaluatedPair['a'] {
  const quality = 0.3 + random.next();
  const { unit } = normalised(centres[person]!.map((x) => x + random.normal() / quality));
  return [
    {
      mu: unit,
      embeddingNorm: quality,
      concentrations: [Float32Array.of(100 * quality)],
      detectorScore: null,
      faceSize: null,
      sharpness: random.next(),
    },
  ];
}
const pairs = Array.from({ length: 400 }, (_, i): EvaluatedPair => {
  const a = random.int(PEOPLE);
  const b = i % 2 === 0 ? a : (a + 1 + random.int(PEOPLE - 1)) % PEOPLE;
  return {
    a: picture(a),
    b: picture(b),
    same: a === b,
    fold: i % 10,
    people: [`p${a}`, `p${b}`],
  };
});
const methods = [
  { method: createMethod('cosine', { radius: 64 }), head: null },
  { method: createMethod('scf', { radius: 64 }), head: 0 },
];
const evaluation: EvaluationResult = {
  data: 'lfw <script>alert(1)</script>',
  backbone: 'MobileFaceNet',
  policy: 'full',
  seed: 777,
  heads: { scf: '"><img src=x>' },
  pictures: 800,
  lost: [{ picture: '<b>a.jpg', what: 'undetected', reason: 'no face' }],
  severalFaces: 0,
  turned: 0,
  alignment: null,
  complete: false,
  notices: ['A notice & more.'],
  protocols: [
    {
      name: 'clean',
      planned: 410,
      degradeSeeds: [777],
      report: pairReport(pairs, methods, { seed: 1, resamples: 20 }),
    },
  ],
  degradations: [],
};

describe('the report of an evaluation', () => {
  it('has the table with its intervals, the curves, and what intervals are made of', async () => {
    const report = (await reportEvaluation(evaluation, 0)).replace(/\s+/g, ' ');
    const { accuracy, intervals } = evaluation.protocols[0]!.report.methods.scf!;
    const [low, high] = intervals.accuracy!.map((end) => (100 * end).toFixed(2));
    expect(report).toContain(`${(100 * accuracy!).toFixed(2)} % [${low}, ${high}]`);
    expect(report).toContain('Each resample draws 20 people with replacement');
    expect(report).toContain('<title>TAR against FAR</title>');
    expect(report).toContain('<title>Error against discard by Cosine (2303.13294)</title>');
    // 200 impostor pairs can't measure an FMR of 1 in 100: said, and no empty chart.
    expect(report).toContain('the FMR needs');
    expect(report).not.toContain('<title>Error against discard by Cosine (cr-fiqa)');
    expect(report).toContain('The evaluation was stopped');
    expect(report).toContain('400 of 410 pairs: 200 genuine, 200 impostor');
  });

  it('shows markup in names as text', async () => {
    const report = await reportEvaluation(evaluation, 0);
    expect(report).toContain('lfw &lt;script&gt;alert(1)&lt;/script&gt;');
    expect(report).toContain('A notice &amp; more.');
    expect(report).not.toMatch(/<script|<img|<b>/);
    expect(report).not.toMatch(/d="[^"]*(NaN|Infinity)/);
  });
});
