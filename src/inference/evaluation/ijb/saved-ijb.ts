import * as v from 'valibot';
import { methodNames, trainedMethodNames } from '../../../confidence/confidence-method';
import {
  choice,
  fittedText,
  list,
  misfitWords,
  number,
  object,
  orNull,
  pair,
  recordOf,
  text,
  wholeNumber,
  type Schema,
} from '../../../core/schema/schema';
import {
  refusal,
  storedSchema,
  versionFrom,
  type StoredForm,
} from '../../../core/schema/stored-form';
import { StudioError } from '../../../core/studio-error';
import { readingPolicyNames } from '../../reading-policy';
import type { IjbResult } from './evaluate-ijb';

const rates = <T>(rate: Schema<T>) => object({ tarAtFar: recordOf(rate) });
const interval = orNull(pair(number));

const method = object({
  genuine: number,
  impostor: number,
  tarAtFar: recordOf(orNull(number)),
  auc: number,
  intervals: rates(interval),
  differences: orNull(rates(orNull(object({ value: number, interval })))),
  lostPairs: number,
});

const result: Schema<IjbResult> = v.pipe(
  object({
    version: versionFrom(1),
    data: text,
    backbone: text,
    heads: recordOf(text, trainedMethodNames),
    policy: choice(readingPolicyNames),
    seed: wholeNumber,
    pictures: number,
    templates: number,
    pairs: number,
    lost: list(object({ picture: text, what: choice(['undetected', 'unreadable']), reason: text })),
    foundAnew: list(object({ picture: text, reason: text })),
    lostTemplates: list(number),
    withoutScores: list(number),
    cancelled: recordOf(list(number), methodNames),
    bootstrap: object({ resamples: number, over: choice(['people']), units: number }),
    methods: recordOf(method, methodNames),
  }),
  v.transform(({ version, ...saved }): IjbResult => ({
    ...saved,
    // It is written again with the version of its form.
    ...(version > form.version && { version }),
  })),
);

/** The last evaluation of a release, kept between visits. */
const form: StoredForm<IjbResult> = { version: 1, migrations: [], schema: result };

/** Encodes a result for storage between visits. */
export function encodeIjb(result: IjbResult): Uint8Array {
  return new TextEncoder().encode(JSON.stringify({ version: form.version, ...result }));
}

/**
 * Reads what {@link encodeIjb} of any version wrote.
 * @throws StudioError `bad-checkpoint` with the place and what was expected; `later-version`
 */
export function decodeIjb(bytes: Uint8Array): IjbResult {
  const next = 'Evaluate the release again.';
  return fittedText(storedSchema(form), new TextDecoder().decode(bytes), (misfit) =>
    refusal(misfit, new StudioError('bad-checkpoint', `${misfitWords(misfit)}.`, next)),
  );
}
