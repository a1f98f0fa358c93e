import type { MethodName, TrainedMethodName } from '../../confidence/confidence-method';
import type { EvaluatedPair } from '../../evaluation/evaluated-pairs';
import { pairReport, type PairReport } from '../../evaluation/pair-report';
import type { PhotoNetworks } from '../align/find-faces';
import { PicturePlan, type PlannedFace, type PlannedPair } from '../picture-plan';
import { count } from '../../core/number-words';
import { StudioError } from '../../core/studio-error';
import type { Backbone } from '../../models/backbones/backbone';
import type { AlignMode, AlignmentSample } from '../align/alignment';
import { sampleAlignment } from '../align/alignment-sample';
import { colourNoticeOfSet } from '../colour-order/known-faces';
import { FaceReader, type FaceReading } from '../face-reader';
import { describeLostPicture, type LostPicture } from '../locate-pictures';
import { readPictures } from '../read-pictures';
import type { ReadingPolicy } from '../reading-policy';
import { methodInUse, methodsOf, type EvaluatedHead } from './evaluated-heads';
import { externalQuality, matchQualities, type QualityFile } from './external-qualities';
import type { ScoredProtocol } from './scores-csv';
import type { EvaluationSet } from './evaluation-set';
import { lostKindNotice } from './kinds-of-pairs';
import { DEGRADE_SEEDS, degradeSeedsOf, planPairs, protocolName, type Protocol } from './protocols';

/*
 * Evaluates methods on a set of pairs or templates. `protocols.ts` plans the pairs, `readPictures`
 * aligns and embeds each picture, and `pairReport` (src/evaluation) computes the figures: its
 * `scorePairsBy` calls each method's score (Eqn 13 for SCF) and pooling (Eqn 14). IJB-B and IJB-C
 * are evaluated by `evaluate-ijb.ts`.
 */

export { methodsOf, type EvaluatedHead, type Protocol };

/** Options of {@link evaluate}. */
export interface EvaluateOptions {
  readonly set: EvaluationSet;
  readonly protocols: readonly Protocol[];
  readonly methods: readonly MethodName[];
  readonly backbone: Backbone;
  /** At most one for each method. */
  readonly heads: readonly EvaluatedHead[];
  /**
   * Networks that find and align faces, and that check a sample of the pictures taken for aligned
   * crops. null: all pictures are taken for aligned crops, unchecked.
   */
  readonly networks: PhotoNetworks | null;
  /** Default: `auto`. */
  readonly align?: AlignMode;
  /** How each face is read. Default: `full`. */
  readonly policy?: ReadingPolicy;
  /** Draws degradations, templates and resamples. */
  readonly seed: number;
  /** How often the degradations of a protocol are drawn, from 1. Default: {@link DEGRADE_SEEDS}. */
  readonly degradeSeeds?: number;
  /** Qualities from files, to discard pairs by. */
  readonly qualities?: readonly QualityFile[];
  /** Called with the pairs of each protocol, as {@link ScoredProtocol} has them. */
  readonly onScored?: (protocol: ScoredProtocol) => void;
  readonly signal?: AbortSignal;
  /** Called before each picture; true ends the reading there, with figures of what was read. */
  readonly isStopped?: () => boolean | Promise<boolean>;
  /** Called with the pictures done, and their total. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Called before the figures of each protocol, and after the last. @throws what ends it */
  readonly onFigures?: (done: number, total: number) => Promise<void> | void;
}

/** The figures of one protocol. */
export interface ProtocolResult {
  readonly name: string;
  /** Pairs of the protocol, including those without a score because a side lost its pictures. */
  readonly planned: number;
  /** The seed of each draw of the degradations; one where nothing is degraded. */
  readonly degradeSeeds: readonly number[];
  readonly report: PairReport;
}

/** The result of an evaluation. Plain data: saved, and written as JSON under these names. */
export interface EvaluationResult {
  readonly data: string;
  readonly backbone: string;
  /** How each face was read. */
  readonly policy: ReadingPolicy;
  readonly seed: number;
  /** The head's name for each method. */
  readonly heads: Readonly<Partial<Record<TrainedMethodName, string>>>;
  readonly pictures: number;
  /** Pictures without a usable face; {@link LostPicture.reason} says why. */
  readonly lost: readonly LostPicture[];
  /** Pictures with several faces, of which the main one was read. */
  readonly severalFaces: number;
  /** Pictures that were turned by 90°, 180° or 270° to make their face upright. */
  readonly turned: number;
  /**
   * Whether a sample of the pictures taken for aligned crops is aligned; null if there were none,
   * or too few.
   */
  readonly alignment: AlignmentSample | null;
  /** false if it was stopped: the figures are of the pairs of the pictures read so far. */
  readonly complete: boolean;
  /** How the pairs came about, as sentences; absent in results of an older studio. */
  readonly notes?: readonly string[];
  /** Notices for the person, as sentences; absent in results of an older studio. */
  readonly notices?: readonly string[];
  readonly protocols: readonly ProtocolResult[];
  /** Degraded pictures with the levels applied, in the order of the plan. */
  readonly degradations: readonly {
    readonly picture: string;
    readonly levels: Readonly<Record<string, number>>;
  }[];
}

/**
 * Runs protocols on one set of pictures. Each picture is aligned and read once for all protocols.
 * @throws StudioError `bad-source` if a protocol has no pairs, or none with a score; `bad-config`
 * if a method has no head
 */
export async function evaluate(options: EvaluateOptions): Promise<EvaluationResult> {
  const {
    set,
    backbone,
    heads,
    networks,
    align = 'auto',
    policy = 'full',
    seed,
    qualities = [],
    onScored,
    degradeSeeds = DEGRADE_SEEDS,
    signal,
    isStopped,
    onProgress,
    onFigures,
  } = options;
  const methods = options.methods.map((name) => methodInUse(name, heads));
  const plan = new PicturePlan();
  const planned = options.protocols.map((protocol) => {
    const seeds = degradeSeedsOf(protocol, seed, degradeSeeds);
    const draws = seeds.map((degradeSeed) => planPairs(protocol, set, plan, seed, degradeSeed));
    return {
      name: protocolName(protocol),
      isDegraded: protocol.degraded !== 'none',
      seeds,
      draws,
    };
  });
  const { tasks } = plan;
  const names = tasks.map(({ picture }) => picture);
  const matched = matchQualities(qualities, names);
  const aligners = align === 'none' ? null : networks;
  const notice = await colourNoticeOfSet({
    set,
    networks: aligners,
    backbone,
    seed,
    signal,
    isStopped,
  });
  const decode = (picture: string) => set.decode(picture);
  const alignment = networks && (await sampleAlignment(names, align, decode, networks, isStopped));
  const read = await readPictures(tasks, {
    decode,
    networks: aligners,
    alignCrops: align === 'always',
    reader: new FaceReader(
      backbone,
      heads.map(({ head }) => head),
      policy,
    ),
    signal,
    isStopped,
    onProgress: (done) => onProgress?.(done, tasks.length),
  });
  const facesOf = faceFinder(read.faces);
  const nameOf = ({ picture }: PlannedFace) => names[picture]!;
  const notices = [notice, ...matched.map((quality) => quality.notice)].filter(
    (each) => each !== null,
  );
  const measured = ({ name, isDegraded, seeds, draws }: (typeof planned)[number]) => {
    // A picture is lost with all its variants, so each draw has the same pairs left.
    const [kept, ...redrawn] = draws.map((pairs) =>
      pairs.flatMap((pair) => facesOf(pair).map((faces) => ({ pair, faces }))),
    );
    if (kept!.length === 0) throw noPairs(name, set, read.lost);
    const lostKind = lostKindNotice(
      name,
      draws[0]!,
      kept!.map(({ faces }) => faces),
    );
    if (lostKind !== null) notices.push(lostKind);
    const scoredOf = (draw: NonNullable<typeof kept>) => draw.map(({ faces }) => faces);
    const externalOf = (draw: NonNullable<typeof kept>) => {
      const pairs = draw.map(({ pair }) => pair);
      return matched.map((quality) => externalQuality(quality, pairs, tasks));
    };
    for (const [at, draw] of [kept!, ...redrawn].entries())
      onScored?.({
        name,
        degradeSeed: isDegraded ? seeds[at]! : null,
        pairs: scoredOf(draw),
        pictures: draw.map(({ pair: { a, b } }) => ({ a: a.map(nameOf), b: b.map(nameOf) })),
        methods,
        external: externalOf(draw),
      });
    const result: ProtocolResult = {
      name,
      planned: draws[0]!.length,
      degradeSeeds: seeds,
      report: pairReport(scoredOf(kept!), methods, {
        seed,
        external: externalOf(kept!),
        redrawn: redrawn.map(scoredOf),
      }),
    };
    return result;
  };
  const protocols: ProtocolResult[] = [];
  for (const each of planned) {
    await onFigures?.(protocols.length, planned.length);
    protocols.push(measured(each));
  }
  await onFigures?.(protocols.length, planned.length);
  return {
    data: set.name,
    backbone: backbone.name,
    policy,
    seed,
    heads: Object.fromEntries(heads.map(({ method, name }) => [method, name])),
    pictures: tasks.length,
    lost: read.lost,
    severalFaces: read.severalFaces,
    turned: read.turned,
    alignment,
    complete: read.complete,
    notes: set.notes ?? [],
    notices,
    protocols,
    degradations: tasks.flatMap(({ picture, variants }) =>
      variants.flatMap((variant) =>
        variant ? [{ picture, levels: appliedLevels({ ...variant.levels }) }] : [],
      ),
    ),
  };
}

/**
 * Maps planned pairs to their faces. Lost pictures are left out of their templates; a pair with a
 * side that has no faces left maps to nothing.
 */
function faceFinder(
  faces: readonly (readonly FaceReading[] | null)[],
): (pair: PlannedPair) => EvaluatedPair[] {
  // The same array for every use of a template: scoring pools each array only once.
  const sides = new Map<PlannedPair['a'], readonly FaceReading[]>();
  const sideOf = (side: PlannedPair['a']) => {
    const found =
      sides.get(side) ?? side.flatMap(({ picture, variant }) => faces[picture]?.[variant] ?? []);
    sides.set(side, found);
    return found;
  };
  return ({ a, b, ...pair }) => {
    const [first, second] = [sideOf(a), sideOf(b)];
    return first.length > 0 && second.length > 0 ? [{ a: first, b: second, ...pair }] : [];
  };
}

/** The error for a protocol none of whose pairs has a score. */
function noPairs(name: string, set: EvaluationSet, lost: readonly LostPicture[]): StudioError {
  const [first, ...others] = lost;
  const areLost = others.length === 1 ? 'is lost' : 'are lost';
  const more = others.length > 0 ? `; ${count(others.length)} more ${areLost}` : '';
  const reason = first ? `; ${describeLostPicture(first).replace(/\.$/, '')}${more}` : '';
  const isDetectionProblem = lost.every(({ what }) => what === 'undetected');
  const nextStep =
    isDetectionProblem && first
      ? 'Where the pictures are aligned crops already, take them as they are (--align ' +
        'none, or "taken for crops" in the page).'
      : 'Check that the pictures lie where the pairs name them, and that they can be opened.';
  return new StudioError(
    'bad-source',
    `None of the pairs of ${set.name} (${name}) could be scored${reason}.`,
    nextStep,
  );
}

/** The levels above zero, rounded to three decimals. */
function appliedLevels(levels: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(levels)
      .filter(([, level]) => level > 0)
      .map(([kind, level]) => [kind, +level.toFixed(3)]),
  );
}
