import { methodNames, trainedMethodNames } from '../../confidence/confidence-method';
import { qualityKinds } from '../../evaluation/discard/pair-qualities';
import { readingPolicyNames } from '../reading-policy';
import { reportedEvidence } from '../../evaluation/statistics/method-figures';
import type { PairReport } from '../../evaluation/pair-report';
import type { EvaluationResult } from './evaluate';

/** Checks a value's form. @throws Error naming the place and what was expected there */
type Check = (value: unknown, at: string) => void;

const is =
  (expected: string, test: (value: unknown) => boolean): Check =>
  (value, at) => {
    if (!test(value)) throw new Error(`${at} is ${kindOf(value)}; ${expected} was expected.`);
  };
/** The kind of a value, not the value itself: it may be a list of thousands. */
function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'a list' : typeof value;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const text = is('text', (value) => typeof value === 'string');
const number = is('a number', (value) => typeof value === 'number' && Number.isFinite(value));
const measured = is(
  'a number or null',
  (value) => value === null || (typeof value === 'number' && Number.isFinite(value)),
);
const flag = is('true or false', (value) => typeof value === 'boolean');
const group = is('an object', isRecord);

const optional =
  (check: Check): Check =>
  (value, at) => {
    if (value !== undefined) check(value, at);
  };
const nullable =
  (check: Check): Check =>
  (value, at) => {
    if (value !== null) check(value, at);
  };
const oneOf = (...names: readonly string[]): Check =>
  is(`one of ${names.join(', ')}`, (value) => names.includes(value as string));

function object(fields: Readonly<Record<string, Check>>): Check {
  return (value, at) => {
    group(value, at);
    for (const [name, check] of Object.entries(fields))
      check((value as Record<string, unknown>)[name], at === '' ? name : `${at}.${name}`);
  };
}

function list(check: Check, minLength = 0): Check {
  const isList = is(
    minLength > 0 ? 'a list with something in it' : 'a list',
    (value) => Array.isArray(value) && value.length >= minLength,
  );
  return (value, at) => {
    isList(value, at);
    (value as unknown[]).forEach((each, i) => check(each, `${at}[${i}]`));
  };
}

function recordOf(check: Check, names?: readonly string[]): Check {
  const key = names && oneOf(...names);
  return (value, at) => {
    group(value, at);
    for (const [name, each] of Object.entries(value as Record<string, unknown>)) {
      key?.(name, `a name in ${at}`);
      check(each, `${at}.${name}`);
    }
  };
}

/** A check of `Figures`. */
const figures = (check: Check): Readonly<Record<string, Check>> => ({
  accuracy: check,
  auc: check,
  tarAtFar: recordOf(check),
});
const orNull =
  (check: Check): Check =>
  (value, at) => {
    if (value !== null) check(value, at);
  };
const interval: Check = (value, at) => {
  list(number, 2)(value, at);
  is('a list of two', (ends) => (ends as unknown[]).length === 2)(value, at);
};

const method = object({
  ...figures(measured),
  accuracyStd: measured,
  intervals: optional(object(figures(orNull(interval)))),
  spread: optional(object(figures(measured))),
  differences: optional(
    orNull(object(figures(orNull(object({ value: number, interval: orNull(interval) }))))),
  ),
  roc: list(object({ far: number, tar: number, low: optional(number), high: optional(number) })),
});

const discard = object({
  qualities: list(object({ name: text, kind: oneOf(...qualityKinds) })),
  leftOut: list(object({ name: text, reason: text })),
  norm: object({ spearman: measured, isLargerSurer: flag }),
  chanceOrders: number,
  methods: recordOf(
    object({
      '2303.13294': orNull(
        object({
          startingError: number,
          areaLimit: number,
          discarded: list(number),
          rows: list(
            object({
              quality: text,
              comparisons: number,
              threshold: number,
              fnmr: list(number),
              fnmrAt: recordOf(number),
              area: number,
              areaAboveBest: number,
            }),
          ),
        }),
      ),
      'cr-fiqa': object({
        discarded: list(number),
        reach: list(object({ fmr: number, measured })),
        rows: list(
          object({
            quality: text,
            fmr: number,
            fnmr: list(measured),
            area: measured,
            reason: orNull(text),
          }),
        ),
      }),
    }),
    methodNames,
  ),
});

const alignment: Check = (value, at) => {
  const sample = {
    looked: number,
    found: number,
    inPlace: optional(number),
    apart: number,
    aligned: nullable(flag),
    remedy: oneOf('auto', 'always'),
  };
  nullable(object(sample))(value, at);
};

const evaluation = object({
  data: text,
  backbone: text,
  policy: optional(oneOf(...readingPolicyNames)),
  seed: number,
  heads: recordOf(text, trainedMethodNames),
  pictures: number,
  lost: list(object({ picture: text, what: oneOf('undetected', 'unreadable'), reason: text })),
  severalFaces: number,
  turned: optional(number),
  alignment: optional(alignment),
  complete: flag,
  notices: optional(list(text)),
  protocols: list(
    object({
      name: text,
      planned: number,
      degradeSeeds: optional(list(number, 1)),
      report: object({
        pairs: number,
        genuine: number,
        impostor: number,
        discard,
        evidence: optional(recordOf(oneOf('enough', 'few', 'none'))),
        draws: optional(number),
        bootstrap: optional(
          object({ resamples: number, over: oneOf('people', 'pairs'), units: number }),
        ),
        methods: recordOf(method, methodNames),
      }),
    }),
    1,
  ),
  degradations: list(object({ picture: text, levels: recordOf(number) })),
});

/** Encodes an evaluation for storage between visits. */
export function encodeEvaluation(result: EvaluationResult): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(result));
}

/**
 * Reads what {@link encodeEvaluation} wrote.
 * @throws Error for anything that the page could not draw, with the place and what was expected
 */
export function decodeEvaluation(bytes: Uint8Array): EvaluationResult {
  const found: unknown = JSON.parse(new TextDecoder().decode(bytes));
  evaluation(found, '');
  const result = found as EvaluationResult;
  // Earlier versions of the studio didn't save these; their figures have no intervals.
  return {
    ...result,
    policy: result.policy ?? 'full',
    turned: result.turned ?? 0,
    alignment: result.alignment ?? null,
    protocols: result.protocols.map((protocol) => ({
      ...protocol,
      degradeSeeds: protocol.degradeSeeds ?? [result.seed],
      report: withIntervals(protocol.report),
    })),
  };
}

function withIntervals(report: PairReport): PairReport {
  const methods = Object.entries(report.methods).map(([name, saved]) => {
    const none = {
      accuracy: null,
      auc: null,
      tarAtFar: Object.fromEntries(Object.keys(saved.tarAtFar).map((far) => [far, null])),
    };
    const { intervals = none, spread = none, differences = null } = saved;
    return [name, { ...saved, intervals, spread, differences }] as const;
  });
  const { draws = 1, bootstrap = { resamples: 0, over: 'people', units: 0 } } = report;
  const { evidence = reportedEvidence(report.impostor) } = report;
  return { ...report, evidence, draws, bootstrap, methods: Object.fromEntries(methods) };
}
