import { count, counted } from '../../core/number-words';
import type { RunConfig } from '../../training/config/run-config';
import { markup, type Markup } from './markup';
import { lastValidation, symbolOf, type ReportedRun } from './reported-run';

/** What the figures of training runs mean, and how sure they are, in plain words. */
export function runNotes(runs: readonly ReportedRun[]): Markup {
  const symbols = [...new Set(runs.map(symbolOf))].join(' or ');
  const measured = runs.flatMap((run) => {
    const result = lastValidation(run);
    const of = runs.length > 1 ? `${run.manifest.name}: ` : '';
    return result
      ? [
          `${of}${counted(result.images, 'picture')} of ` +
            `${counted(result.identities, 'person', 'people')}`,
        ]
      : [];
  });
  return markup`<h2>How sure these figures are</h2>
    <p>
      ρ is Spearman’s rank correlation of the head’s confidence (${symbols}) and cos θ of a picture
      to its person’s centre: 1 if the head puts all pictures in their true order, 0 if it knows
      nothing. It is measured on people that the run never trained
      on${measured.length > 0 && ` (${measured.join('; ')})`}. The validation loss is the mean loss
      of the same pictures.
    </p>
    <p>
      Neither has an interval here. Each is measured once, by one seed, and several pictures of one
      person resemble each other, so that the number of pictures says less than it seems. An
      evaluation gives intervals: it draws people, not pictures, with replacement. Whether one
      setting is better than another is seen by training each with several seeds.
    </p>
    <p>
      The curves over steps are means of batches. Where a run has more steps than a chart has
      points, neighbours are merged into their mean.
    </p>`;
}

/** Settings that decide which pictures a run is validated on, and how they look. */
const validationSettings: readonly (keyof RunConfig)[] = [
  'seed',
  'backbone',
  'inputConvention',
  'augmentation',
  'copies',
  'centres',
  'validationFraction',
  'maxValidationImages',
];

/** A warning where the runs of a comparison were not validated alike; null where they were. */
export function unlikeValidations(runs: readonly ReportedRun[]): string | null {
  const manifests = runs.map(({ manifest }) => manifest);
  const differs = (valueOf: (manifest: (typeof manifests)[number]) => unknown) =>
    new Set(manifests.map(valueOf)).size > 1;
  const reasons = [
    ...(differs(({ data }) => data.fingerprint) ? ['data'] : []),
    ...(differs(({ backbone }) => backbone.hash) ? ['backbone'] : []),
    ...validationSettings.filter(
      (name) => name !== 'backbone' && differs(({ config }) => config[name]),
    ),
  ];
  if (reasons.length === 0) return null;
  const steps = manifests.map(({ step }) => count(step));
  return (
    `These runs differ in what they are validated by (${reasons.join(', ')}): their ρ and ` +
    `validation losses, after ${steps.join(', ')} steps, are not of the same pictures and centres.`
  );
}
