import { describe, expect, it } from 'vitest';
import { pairReport } from '../../evaluation/pair-report';
import type { EvaluatedPair } from '../../evaluation/evaluated-pairs';
import { createMethod } from '../../confidence/methods';
import type { EvaluationResult } from './evaluate';
import { evaluationRows } from './evaluation-rows';
import { decodeEvaluation, encodeEvaluation } from './saved-evaluation';

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
const result: EvaluationResult = {
  data: 'lfw.bin',
  policy: 'full',
  backbone: 'MobileFaceNet',
  seed: 1,
  heads: { scf: 'scf.safetensors' },
  pictures: 48,
  lost: [{ picture: 'a.jpg', what: 'undetected', reason: 'no face' }],
  severalFaces: 0,
  turned: 0,
  alignment: { looked: 24, found: 20, apart: 11.5, aligned: false, remedy: 'always' },
  complete: true,
  protocols: [
    {
      name: 'clean',
      planned: 24,
      degradeSeeds: [1],
      report: pairReport(pairs, [{ method: createMethod('cosine', { radius: 64 }), head: null }], {
        seed: 1,
        resamples: 3,
      }),
    },
  ],
  degradations: [{ picture: 'a.jpg', levels: { blur: 0.5 } }],
};
const textOf = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
/** The evaluation with another report for its only protocol. */
const reported = (report: unknown) =>
  textOf({ ...result, protocols: [{ name: 'clean', planned: 24, report }] });
const { discard } = result.protocols[0]!.report;
const counts = { pairs: 24, genuine: 12, impostor: 12, discard };

describe('a saved evaluation', () => {
  it('is read back unchanged', () => {
    const back = decodeEvaluation(encodeEvaluation(result));
    expect(back).toEqual(JSON.parse(JSON.stringify(result)));
    expect(back.protocols[0]!.report.methods.cosine!.roc.length).toBeGreaterThan(1);
  });

  it('is read although the pairs kept can’t measure an area', () => {
    const [protocol] = result.protocols;
    const { discard } = protocol!.report;
    const cosine = discard.methods.cosine!;
    const unmeasured = cosine['cr-fiqa'].rows.map((row) => ({ ...row, area: null }));
    const erc = { ...cosine['cr-fiqa'], rows: unmeasured };
    const methods = { cosine: { ...cosine, 'cr-fiqa': erc } };
    const report = { ...protocol!.report, discard: { ...discard, methods } };
    expect(decodeEvaluation(reported(report)).protocols[0]!.report.discard.methods).toEqual(
      JSON.parse(JSON.stringify(methods)),
    );
    expect(unmeasured.length).toBeGreaterThan(0);
  });

  it('of a later studio is read with what that adds', () => {
    const later = { ...result, version: 5, colour: 'red' };
    expect(decodeEvaluation(textOf(later))).toMatchObject({ data: 'lfw.bin', colour: 'red' });
    const again: unknown = JSON.parse(
      new TextDecoder().decode(encodeEvaluation(decodeEvaluation(textOf(later)))),
    );
    expect(again).toMatchObject({ version: 5, colour: 'red' });
    const unknown = textOf({ ...later, complete: 'partly' });
    expect(() => decodeEvaluation(unknown)).toThrow(
      expect.objectContaining({ code: 'later-version' }),
    );
  });

  it('of a studio without intervals is read, and has none', () => {
    const [protocol] = result.protocols;
    const cosine = protocol!.report.methods.cosine!;
    const { intervals, spread, differences, ...old } = cosine;
    expect(intervals.auc).toHaveLength(2);
    const { draws, bootstrap, evidence, ...report } = protocol!.report;
    expect([spread.auc, differences, draws, bootstrap.resamples]).toEqual([null, null, 1, 3]);
    const back = decodeEvaluation(
      textOf({
        ...result,
        protocols: [
          { name: 'clean', planned: 24, report: { ...report, methods: { cosine: old } } },
        ],
      }),
    );
    expect(back.protocols[0]!.report).toMatchObject({
      draws: 1,
      evidence,
      bootstrap: { resamples: 0 },
    });
    const [row] = evaluationRows(back);
    expect(row!.cells.AUC).toMatchObject({ value: cosine.auc, interval: null, isBetter: false });
  });

  it.each<[string, Uint8Array, string]>([
    [
      'an interval without an end',
      reported({
        ...counts,
        methods: {
          cosine: {
            ...result.protocols[0]!.report.methods.cosine,
            intervals: { accuracy: [0.5], auc: null, tarAtFar: {} },
          },
        },
      }),
      'intervals.accuracy is a list of 1; a list of two was expected',
    ],
    ['text that is no JSON', new TextEncoder().encode('{"data": "lfw'), 'JSON was expected'],
    ['null', textOf(null), 'is null; an object was expected'],
    ['another form', textOf({ version: 1 }), 'data is missing; a text was expected'],
    [
      'no protocols',
      textOf({ ...result, protocols: [] }),
      'protocols is a list of 0; a list with something in it was expected',
    ],
    ['a report without methods', reported(counts), 'protocols[0].report.methods is missing'],
    [
      'a discard of another form',
      reported({ ...counts, discard: [], methods: {} }),
      'protocols[0].report.discard is a list of 0; an object was expected',
    ],
    [
      'an unknown method',
      reported({ ...counts, methods: { magface: {} } }),
      'a name in protocols[0].report.methods',
    ],
    [
      'a curve of text',
      reported({
        ...counts,
        methods: {
          cosine: { ...result.protocols[0]!.report.methods.cosine, roc: [{ far: '0.1', tar: 1 }] },
        },
      }),
      'roc[0].far is "0.1"; a number was expected',
    ],
  ])('is refused where it holds %s, with the place', (_, bytes, message) => {
    expect(() => decodeEvaluation(bytes)).toThrow(message);
  });
});
