import * as v from 'valibot';
import { methodNames, trainedMethodNames } from '../../../confidence/confidence-method';
import {
  choice,
  list,
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
  decodeStored,
  encodeStored,
  versionFrom,
  type StoredForm,
} from '../../../core/schema/stored-form';
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
export const encodeIjb = (result: IjbResult): Uint8Array => encodeStored(form, result);

/** Reads what {@link encodeIjb} wrote. @throws StudioError as {@link decodeStored} */
export const decodeIjb = (bytes: Uint8Array): IjbResult =>
  decodeStored(form, bytes, 'Evaluate the release again.');
