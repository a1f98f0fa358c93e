import * as v from 'valibot';
import { methodNames, trainedMethodNames } from '../../confidence/confidence-method';
import {
  choice,
  flag,
  list,
  number,
  object,
  orNull,
  pair,
  recordOf,
  text,
  wholeNumber,
  type Schema,
} from '../../core/schema/schema';
import { decodeStored, encodeStored, type StoredForm } from '../../core/schema/stored-form';
import type { MethodDiscard } from '../../evaluation/discard/discard-report';
import { qualityKinds } from '../../evaluation/discard/pair-qualities';
import type { PairReport } from '../../evaluation/pair-report';
import type { Figures } from '../../evaluation/statistics/figures';
import { reportedEvidence, type MethodFigures } from '../../evaluation/statistics/method-figures';
import type { AlignmentSample } from '../align/alignment';
import { readingPolicyNames } from '../reading-policy';
import type { EvaluationResult, ProtocolResult } from './evaluate';

/*
 * The last evaluation, kept between visits. What earlier versions of the studio didn't save is
 * absent in their files; names that a later version adds stay.
 */

const figures = <T>(figure: Schema<T>): Schema<Figures<T>> =>
  object({ accuracy: figure, auc: figure, tarAtFar: recordOf(figure) });

const measured = orNull(number);
const interval = orNull(pair(number));

const method: Schema<MethodFigures> = v.pipe(
  object({
    accuracy: measured,
    auc: measured,
    tarAtFar: recordOf(measured),
    accuracyStd: measured,
    intervals: v.optional(figures(interval)),
    spread: v.optional(figures(measured)),
    differences: v.optional(orNull(figures(orNull(object({ value: number, interval })))), null),
    roc: list(
      object({ far: number, tar: number, low: v.optional(number), high: v.optional(number) }),
    ),
  }),
  v.transform((saved): MethodFigures => {
    const fars = Object.keys(saved.tarAtFar).map((far) => [far, null] as const);
    const none = { accuracy: null, auc: null, tarAtFar: Object.fromEntries(fars) };
    const { intervals = none, spread = none } = saved;
    return { ...saved, intervals, spread };
  }),
);

const methodDiscard: Schema<MethodDiscard> = object({
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
});

const report: Schema<PairReport> = v.pipe(
  object({
    pairs: number,
    genuine: number,
    impostor: number,
    discard: object({
      qualities: list(object({ name: text, kind: choice(qualityKinds) })),
      leftOut: list(object({ name: text, reason: text })),
      norm: object({ spearman: measured, isLargerSurer: flag }),
      chanceOrders: number,
      methods: recordOf(methodDiscard, methodNames),
    }),
    evidence: v.optional(recordOf(choice(['enough', 'few', 'none']))),
    draws: v.optional(number, 1),
    bootstrap: v.optional(
      object({ resamples: number, over: choice(['people', 'pairs']), units: number }),
      { resamples: 0, over: 'people', units: 0 },
    ),
    methods: recordOf(method, methodNames),
  }),
  v.transform(({ evidence, ...saved }): PairReport => ({
    ...saved,
    evidence: evidence ?? reportedEvidence(saved.impostor),
  })),
);

const alignment: Schema<AlignmentSample> = object({
  looked: number,
  found: number,
  inPlace: v.optional(number),
  apart: number,
  aligned: orNull(flag),
  remedy: choice(['auto', 'always']),
});

const evaluation: Schema<EvaluationResult> = v.pipe(
  object({
    version: number,
    data: text,
    backbone: text,
    policy: v.optional(choice(readingPolicyNames), 'full'),
    seed: wholeNumber,
    heads: recordOf(text, trainedMethodNames),
    pictures: number,
    lost: list(object({ picture: text, what: choice(['undetected', 'unreadable']), reason: text })),
    severalFaces: number,
    turned: v.optional(number, 0),
    alignment: v.optional(orNull(alignment), null),
    complete: flag,
    notes: v.optional(list(text)),
    notices: v.optional(list(text)),
    protocols: list(
      object({
        name: text,
        planned: number,
        degradeSeeds: v.optional(list(number, 1)),
        report,
      }),
      1,
    ),
    degradations: list(object({ picture: text, levels: recordOf(number) })),
  }),
  v.transform(({ version, protocols, ...saved }): EvaluationResult => {
    return {
      ...saved,
      // It is written again with the version of its form.
      ...(version > form.version && { version }),
      protocols: protocols.map(({ degradeSeeds = [saved.seed], ...protocol }): ProtocolResult => ({
        ...protocol,
        degradeSeeds,
      })),
    };
  }),
);

/** Version 1 has the names above; releases before it stored no version. */
const form: StoredForm<EvaluationResult> = {
  version: 1,
  migrations: [(older) => older],
  schema: evaluation,
};

/** Encodes an evaluation for storage between visits. */
export const encodeEvaluation = (result: EvaluationResult): Uint8Array =>
  encodeStored(form, result);

/** Reads what {@link encodeEvaluation} wrote. @throws StudioError as {@link decodeStored} */
export const decodeEvaluation = (bytes: Uint8Array): EvaluationResult =>
  decodeStored(form, bytes, 'Evaluate the pictures again.');
