import * as v from 'valibot';
import { methodNames } from '../../confidence/confidence-method';
import {
  fittedText,
  list,
  number,
  object,
  orNull,
  wholeNumber,
  type Schema,
} from '../../core/schema/schema';
import type { KappaProfile } from '../../evaluation/kappa-profile';
import type { NamedArray } from '../../formats/safetensors/safetensors';
import type { TensorFile } from '../../formats/tensors/tensor-file';
import { readingPolicyNames, type ReadingPolicy } from '../../inference/reading-policy';
import { badFile } from '../step/fill-arrays';
import type { HeadReading, PairDistributions } from '../session/run-events';

/*
 * The readings of a head in its file: arrays `distribution.<policy>.<method>.<kind>`, and the
 * profiles of κ by policy as JSON in the text metadata. Older files have one reading, of single
 * views and without a profile, whose arrays are `distribution.<method>.<kind>`.
 */

/** Prefix of the arrays of scores in a head's file. */
export const DISTRIBUTION = 'distribution.';
/** The key of the profiles in the text metadata. */
export const PROFILES = 'kappaProfiles';
/** Significant digits of a profile's numbers: the metadata stay short. */
const DIGITS = 6;

/** The scores of readings, as arrays of a head's file. */
export function readingArrays(readings: readonly HeadReading[]): [string, NamedArray][] {
  return readings
    .flatMap(({ distributions }) => distributions)
    .flatMap(({ policy, method, genuine, impostor }) =>
      Object.entries({ genuine, impostor }).map(([kind, data]): [string, NamedArray] => [
        `${DISTRIBUTION}${policy}.${method}.${kind}`,
        { dtype: 'F32', shape: [data.length], data },
      ]),
    );
}

/** The profiles of readings, as text metadata of a head's file. */
export function readingMetadata(readings: readonly HeadReading[]): Record<string, string> {
  const profiles = readings.filter(({ kappa }) => kappa !== null);
  if (profiles.length === 0) return {};
  const rounded = (_: string, value: unknown) =>
    typeof value === 'number' ? Number(value.toPrecision(DIGITS)) : value;
  const byPolicy = Object.fromEntries(profiles.map(({ policy, kappa }) => [policy, kappa]));
  return { [PROFILES]: JSON.stringify(byPolicy, rounded) };
}

/**
 * The readings in a head's file; empty if it has none. Distributions that are incomplete or have
 * NaN are left out.
 * @param step of the head's training
 * @throws StudioError `bad-checkpoint` for profiles that are none
 */
export async function readReadings(file: TensorFile, step: number): Promise<HeadReading[]> {
  const profiles = profilesIn(file);
  const readings: HeadReading[] = [];
  for (const policy of readingPolicyNames) {
    const found = await distributionsIn(file, `${DISTRIBUTION}${policy}.`, policy, step);
    const isOlder = policy === 'single' && found.length === 0;
    const distributions = isOlder ? await distributionsIn(file, DISTRIBUTION, policy, step) : found;
    const kappa = profiles[policy] ?? null;
    if (kappa || distributions.length > 0) readings.push({ policy, kappa, distributions });
  }
  return readings;
}

async function distributionsIn(
  file: TensorFile,
  prefix: string,
  policy: ReadingPolicy,
  step: number,
): Promise<PairDistributions[]> {
  const found: PairDistributions[] = [];
  for (const method of methodNames) {
    const names = ['genuine', 'impostor'].map((kind) => `${prefix}${method}.${kind}`);
    if (!names.every((name) => (file.entries.get(name)?.shape.length ?? 0) === 1)) continue;
    const [genuine, impostor] = (await Promise.all(names.map((name) => file.read(name)))) as [
      Float32Array,
      Float32Array,
    ];
    if ([genuine, impostor].every((scores) => scores.every(Number.isFinite)))
      found.push({ step, policy, method, genuine, impostor });
  }
  return found;
}

const quantiles: Schema<number[]> = v.pipe(
  list(number),
  v.length(101, '101 quantiles'),
  v.check(
    (values) => values.every((value, i) => i === 0 || values[i - 1]! <= value),
    'ascending quantiles',
  ),
);
const pictures = v.pipe(wholeNumber, v.minValue(1, 'a number of pictures'));
const profile: Schema<KappaProfile> = object({
  all: quantiles,
  clean: quantiles,
  pictures,
  cleanPictures: pictures,
  spearman: orNull(number),
});
const profiles: Schema<Partial<Record<ReadingPolicy, KappaProfile>>> = object({
  full: v.optional(profile),
  single: v.optional(profile),
  'ijb-published': v.optional(profile),
});

function profilesIn(file: TensorFile): Partial<Record<ReadingPolicy, KappaProfile>> {
  const text = file.metadata[PROFILES];
  if (text === undefined) return {};
  return fittedText(profiles, text, () =>
    badFile(
      file,
      `Its profiles of κ are ${text.slice(0, 60)}; by policy, 101 ascending quantiles over all ` +
        'and over clean pictures were expected.',
    ),
  );
}
