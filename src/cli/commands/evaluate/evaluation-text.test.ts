import { expect, it } from 'vitest';
import { createMethod } from '../../../confidence/methods';
import type { EvaluatedPair } from '../../../evaluation/evaluated-pairs';
import { pairReport } from '../../../evaluation/pair-report';
import type { EvaluationResult } from '../../../inference/evaluation/evaluate';
import { decodeEvaluation, encodeEvaluation } from '../../../inference/evaluation/saved-evaluation';
import { evaluationOfJson, jsonOf } from './evaluation-text';

const face = (angle: number): EvaluatedPair['a'] => [
  {
    mu: Float32Array.of(Math.cos(angle), Math.sin(angle)),
    embeddingNorm: 1,
    concentrations: [],
    detectorScore: null,
    faceSize: null,
    sharpness: 300,
  },
];
const pairs = Array.from({ length: 24 }, (_, i): EvaluatedPair => ({
  a: face(i),
  b: face(i + (i % 2 ? 1.5 : 0.1 * (i % 5))),
  same: i % 2 === 0,
  fold: i % 3,
}));
const cosine = { method: createMethod('cosine', { radius: 64 }), head: null };
const protocol = (name: string) => ({
  name,
  planned: 24,
  degradeSeeds: [1],
  report: pairReport(pairs, [cosine], { seed: 1, resamples: 3 }),
});
const result: EvaluationResult = {
  data: 'lfw.bin',
  policy: 'full',
  backbone: 'MobileFaceNet',
  seed: 1,
  heads: {},
  pictures: 48,
  lost: [
    { picture: 'a.jpg', what: 'undetected', reason: 'no face was found' },
    { picture: 'b.jpg', what: 'unreadable', reason: 'b.jpg is missing or unreadable.' },
  ],
  severalFaces: 0,
  turned: 0,
  alignment: null,
  complete: true,
  notices: [],
  protocols: [protocol('clean'), protocol('one degraded')],
  degradations: [],
};

it('reads back what --json wrote, and leaves the page’s own form as it is', () => {
  const written = new TextEncoder().encode(JSON.stringify(jsonOf(result)));
  const saved = encodeEvaluation(result);
  expect(evaluationOfJson(saved)).toBe(saved);
  expect(decodeEvaluation(evaluationOfJson(written))).toMatchObject(
    JSON.parse(JSON.stringify(result)) as object,
  );
});
