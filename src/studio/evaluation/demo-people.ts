import { methodTitles } from '../../confidence/methods';
import { count } from '../../core/number-words';
import { StudioError } from '../../core/studio-error';
import { isValidationIdentity } from '../../faces/identity-split';
import type { TrainedHead, TrainedOn } from '../runtime/trained-head';

/** People to evaluate on, at most: they bound how many faces are read. */
const MAX_PEOPLE = 60;
/** Fewer people would make ten folds of pairs impossible, and intervals wide. */
const MIN_PEOPLE = 20;
/** Addresses of the demo set: in the page, on the command line, on a disk. */
const DEMO = /(?:^|\/)shards\/demo(?:\/(?:manifest\.json)?)?$/;

/** People of the demo set whom no head has trained on. */
export interface DemoPeople {
  readonly labels: ReadonlySet<number>;
  /** Who they are, and what the heads know of them, as sentences. */
  readonly notes: readonly string[];
}

type Trained = Pick<TrainedHead, 'run' | 'method' | 'trainedOn'> & {
  readonly isCalibrated: boolean;
};

/** Whether a head has trained on a part of the demo set. */
export const sawDemo = (trainedOn: TrainedOn | null): trainedOn is TrainedOn =>
  trainedOn !== null && DEMO.test(trainedOn.shards);

/** Whether two heads that trained on the demo set left the same people out. */
export const isSameSplit = (one: TrainedOn, other: TrainedOn): boolean =>
  one.seed === other.seed && one.validationFraction === other.validationFraction;

/**
 * The people of the demo set who were held out when each of these heads was trained.
 * @param identities people of the demo set, labelled from 0
 * @throws StudioError `bad-source` if they are too few
 */
export function demoPeople(identities: number, heads: readonly Trained[]): DemoPeople {
  const trained = heads.filter(({ trainedOn }) => sawDemo(trainedOn));
  const unseen = Array.from({ length: identities }, (_, label) => label).filter((label) =>
    trained.every(({ trainedOn }) =>
      isValidationIdentity(label, trainedOn!.seed, trainedOn!.validationFraction),
    ),
  );
  if (unseen.length < MIN_PEOPLE)
    throw new StudioError(
      'bad-source',
      `Only ${count(unseen.length)} of the ${count(identities)} people of the demo set were ` +
        `held out when ${listed(trained)} learnt; ${MIN_PEOPLE} are needed.`,
      'Choose another head, or train one with a larger share of people held out.',
    );
  const labels = new Set(unseen.slice(0, MAX_PEOPLE));
  const seeds = [...new Set(trained.map(({ trainedOn }) => trainedOn!.seed))].join(' and ');
  const who =
    trained.length > 0
      ? `held out by seed ${seeds} when the head of ${listed(trained)} learnt from the others`
      : 'from which no head in use is known to have learnt';
  return {
    labels,
    notes: [
      `${count(labels.size)} of the ${count(identities)} drawn people of the demo set, ${who}.`,
      ...knownSentences(heads),
    ],
  };
}

/** What heads know of these people or of drawn faces, apart from their weights. */
function knownSentences(heads: readonly Trained[]): string[] {
  const calibrated = heads.filter(
    ({ trainedOn, isCalibrated }) => isCalibrated && sawDemo(trainedOn),
  );
  const unfamiliar = heads.filter(({ trainedOn }) => trainedOn !== null && !sawDemo(trainedOn));
  const unknown = heads.filter(({ trainedOn }) => trainedOn === null);
  return [
    ...(calibrated.length > 0
      ? [
          'The two numbers of SCF, calibrated, were fitted on pairs of these people, and the ' +
            'training was watched on them.',
        ]
      : []),
    ...(unfamiliar.length > 0
      ? [`The heads of ${listed(unfamiliar)} learnt from other pictures: these are new to them.`]
      : []),
    ...(unknown.length > 0
      ? [`Nothing says which people the heads of ${listed(unknown)} learnt from.`]
      : []),
  ];
}

const listed = (heads: readonly Trained[]): string =>
  heads.map(({ method }) => methodTitles[method]).join(', ');
