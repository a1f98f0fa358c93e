import {
  headOf,
  type Calibration,
  type MethodName,
  type TrainedMethodName,
} from '../../confidence/confidence-method';
import { createMethod } from '../../confidence/methods';
import type { EvaluatedPair, MethodInUse } from '../../evaluation/evaluated-pairs';
import { pairReport, type PairReport } from '../../evaluation/pair-report';
import { sampleTemplates } from '../../evaluation/ijb/random-templates';
import type { PhotoNetworks } from '../align/find-faces';
import { PicturePlan, type DegradedShare, type PlannedPair } from '../picture-plan';
import { count, counted } from '../../core/number-words';
import { StudioError } from '../../core/studio-error';
import type { Backbone } from '../../models/backbones/backbone';
import type { ConfidenceHead } from '../../models/heads/confidence-head';
import type { Align, AlignmentSample } from '../align/alignment';
import { sampleAlignment } from '../align/alignment-sample';
import { colourNoticeOfSet } from '../colour-order/known-faces';
import { readFaces, type FaceFeatures } from '../read-faces';
import { lossText, readPictures, type LostPicture } from '../read-pictures';
import type { EvaluationSet } from './evaluation-set';

/**
 * What an evaluation asks: pairs of two pictures or of two templates, and how many of their
 * pictures are degraded.
 */
export type Protocol =
  | { readonly kind: 'pairs'; readonly degraded: DegradedShare }
  | { readonly kind: 'templates'; readonly size: number; readonly degraded: DegradedShare };

/** A protocol in words. */
function protocolName(protocol: Protocol): string {
  const { kind, degraded } = protocol;
  if (kind === 'pairs') return degraded === 'none' ? 'clean' : `${degraded} degraded`;
  const { size } = protocol;
  if (degraded === 'none') return `templates of ${size}, clean`;
  return `templates of ${size}, ${degraded === 'one' ? 1 : size - 1} degraded`;
}

/** A trained head in an evaluation. */
export interface EvaluatedHead {
  readonly name: string;
  readonly head: ConfidenceHead;
  readonly method: TrainedMethodName;
  readonly radius: number;
  readonly calibration: Calibration | null;
}

/** What is evaluated, with what, and who hears of it. */
export interface EvaluateOptions {
  readonly set: EvaluationSet;
  readonly protocols: readonly Protocol[];
  readonly methods: readonly MethodName[];
  readonly backbone: Backbone;
  /** At most one a method. */
  readonly heads: readonly EvaluatedHead[];
  /**
   * What aligns pictures, and looks at some of those that aren't; null takes all for aligned crops,
   * without a look.
   */
  readonly networks: PhotoNetworks | null;
  /** `auto` where left out. */
  readonly align?: Align;
  readonly seed: number;
  readonly signal?: AbortSignal;
  /** Asked before each picture: whether to end there, with the figures of what was read. */
  readonly isStopped?: () => boolean | Promise<boolean>;
  /** Told of the pictures done, and of how many there are. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** One protocol's figures. */
export interface ProtocolResult {
  readonly name: string;
  /** Pairs of the protocol; those with a lost picture have no score. */
  readonly planned: number;
  readonly report: PairReport;
}

/** What an evaluation found. Plain data. */
export interface EvaluationResult {
  readonly data: string;
  readonly backbone: string;
  readonly seed: number;
  /** By method: the head's name. */
  readonly heads: Readonly<Partial<Record<TrainedMethodName, string>>>;
  readonly pictures: number;
  readonly lost: readonly LostPicture[];
  readonly severalFaces: number;
  /** Pictures that were turned by quarters for their face to be upright. */
  readonly turned: number;
  /**
   * What a look at some pictures says that were taken for aligned crops; null where there were
   * none, or too few.
   */
  readonly alignment: AlignmentSample | null;
  /** false where it was stopped: the figures are of the first pictures' pairs. */
  readonly complete: boolean;
  /** What a person should know of it, as sentences; absent in those of an older studio. */
  readonly notices?: readonly string[];
  readonly protocols: readonly ProtocolResult[];
  /** What was done to pictures: the picture, and its levels, in the order of the plan. */
  readonly degradations: readonly {
    readonly picture: string;
    readonly levels: Readonly<Record<string, number>>;
  }[];
}

/** Genuine pairs of templates, at most: some hundred decide a TAR to a percent. */
const MAX_TEMPLATE_PAIRS = 2000;

/**
 * Runs protocols over one set of pictures: each picture is found, aligned and read once for all of
 * them.
 * @throws StudioError `bad-source` where a protocol has no pairs, or none with a score;
 * `bad-config` where a method lacks its head
 */
export async function evaluate(options: EvaluateOptions): Promise<EvaluationResult> {
  const {
    set,
    backbone,
    heads,
    networks,
    align = 'auto',
    seed,
    signal,
    isStopped,
    onProgress,
  } = options;
  const methods = options.methods.map((name) => methodInUse(name, heads));
  const plan = new PicturePlan();
  const planned = options.protocols.map((protocol) => ({
    name: protocolName(protocol),
    pairs: planPairs(protocol, set, plan, seed),
  }));
  const { tasks } = plan;
  const aligners = align === 'none' ? null : networks;
  const notice = await colourNoticeOfSet({
    set,
    networks: aligners,
    backbone,
    seed,
    signal,
    isStopped,
  });
  const confidenceHeads = heads.map(({ head }) => head);
  const names = tasks.map(({ picture }) => picture);
  const decode = (picture: string) => set.decode(picture);
  const alignment = networks && (await sampleAlignment(names, align, decode, networks, isStopped));
  const read = await readPictures(tasks, {
    decode,
    networks: aligners,
    alignCrops: align === 'always',
    read: (crops, mirrored) =>
      readFaces(crops, backbone, confidenceHeads, { flip: true, mirrored }),
    signal,
    isStopped,
    onProgress: (done) => onProgress?.(done, tasks.length),
  });
  const kappaHead = heads.findIndex(({ method }) => method === 'scf');
  const facesOf = faceFinder(read.faces);
  const protocols = planned.map(({ name, pairs }): ProtocolResult => {
    const scored = pairs.flatMap(facesOf);
    if (scored.length === 0) throw noPairs(name, set, read.lost);
    return {
      name,
      planned: pairs.length,
      report: pairReport(scored, methods, { kappaHead: kappaHead < 0 ? null : kappaHead, seed }),
    };
  });
  return {
    data: set.name,
    backbone: backbone.name,
    seed,
    heads: Object.fromEntries(heads.map(({ method, name }) => [method, name])),
    pictures: tasks.length,
    lost: read.lost,
    severalFaces: read.severalFaces,
    turned: read.turned,
    alignment,
    complete: read.complete,
    notices: notice === null ? [] : [notice],
    protocols,
    degradations: tasks.flatMap(({ picture, variants }) =>
      variants.flatMap((variant) =>
        variant ? [{ picture, levels: touched({ ...variant.levels }) }] : [],
      ),
    ),
  };
}

function planPairs(
  protocol: Protocol,
  set: EvaluationSet,
  plan: PicturePlan,
  seed: number,
): readonly PlannedPair[] {
  switch (protocol.kind) {
    case 'pairs':
      if (set.pairs.length === 0)
        throw new StudioError(
          'bad-source',
          `${set.name} has no pairs.`,
          'Name a list of pairs, or a verification set.',
        );
      return plan.addPairs(set.pairs, protocol.degraded, seed);
    case 'templates': {
      const { pictures } = set;
      const { templates, genuine, impostor } = sampleTemplates(
        pictures.map(({ person }) => person),
        { size: protocol.size, most: MAX_TEMPLATE_PAIRS, seed },
      );
      if (genuine.length === 0) {
        throw new StudioError(
          'bad-source',
          `No person in ${set.name} has enough pictures for two templates of ` +
            `${protocol.size} (${counted(pictures.length, 'picture')} known by person).`,
          'Choose smaller templates, or a set with more pictures of each person.',
        );
      }
      const faces = plan.addTemplates(
        templates.map((template) => ({
          pictures: template.pictures.map((index) => pictures[index]!.name),
        })),
        protocol.degraded,
        seed,
      );
      const pairOf =
        (same: boolean) =>
        ([a, b]: readonly [number, number]) => ({ a: faces[a]!, b: faces[b]!, same, fold: 0 });
      return [...genuine.map(pairOf(true)), ...impostor.map(pairOf(false))];
    }
    default:
      return protocol satisfies never;
  }
}

/**
 * Gives a pair its faces: none where a side has lost them all. A template goes on without a picture
 * that is lost.
 */
function faceFinder(
  faces: readonly (readonly FaceFeatures[] | null)[],
): (pair: PlannedPair) => EvaluatedPair[] {
  // One array a template, by which what is pooled once is known again.
  const sides = new Map<PlannedPair['a'], readonly FaceFeatures[]>();
  const sideOf = (side: PlannedPair['a']) => {
    const found =
      sides.get(side) ?? side.flatMap(({ picture, variant }) => faces[picture]?.[variant] ?? []);
    sides.set(side, found);
    return found;
  };
  return ({ a, b, same, fold }) => {
    const [first, second] = [sideOf(a), sideOf(b)];
    return first.length > 0 && second.length > 0 ? [{ a: first, b: second, same, fold }] : [];
  };
}

/**
 * A method with its head among those given.
 * @throws StudioError `bad-config` where there is none
 */
export function methodInUse(name: MethodName, heads: readonly EvaluatedHead[]): MethodInUse {
  const wanted = headOf(name);
  if (wanted === null) return { method: createMethod(name, { radius: 1 }), head: null };
  const index = heads.findIndex(({ method }) => method === wanted);
  const head = heads[index];
  if (!head)
    throw new StudioError(
      'bad-config',
      `${name} takes a head that was trained by ${wanted}; there is none.`,
      'Name one with --head, or leave the method out.',
    );
  if (name === 'scf-calibrated' && !head.calibration) {
    throw new StudioError(
      'bad-config',
      `The head ${head.name} has no calibration.`,
      'Train it anew with this studio, or leave scf-calibrated out.',
    );
  }
  return {
    method: createMethod(name, { radius: head.radius, calibration: head.calibration ?? undefined }),
    head: index,
  };
}

/** Every method that these heads serve. */
export function methodsOf(heads: readonly EvaluatedHead[]): MethodName[] {
  const served = heads.flatMap(({ method, calibration }): MethodName[] =>
    method === 'scf' && calibration ? ['scf', 'scf-calibrated'] : [method],
  );
  return ['cosine', ...served];
}

function noPairs(name: string, set: EvaluationSet, lost: readonly LostPicture[]): StudioError {
  const [first, ...others] = lost;
  const more =
    others.length > 0
      ? `; ${count(others.length)} more ${others.length === 1 ? 'is' : 'are'} lost`
      : '';
  const reason = first ? `; ${lossText(first).replace(/\.$/, '')}${more}` : '';
  const isSought = lost.every(({ what }) => what === 'undetected');
  const nextStep =
    isSought && first
      ? 'Where the pictures are aligned crops already, take them as they are (--align ' +
        'none, or "taken for crops" in the page).'
      : 'Check that the pictures lie where the pairs name them, and that they can be opened.';
  return new StudioError(
    'bad-source',
    `None of the pairs of ${set.name} (${name}) could be scored${reason}.`,
    nextStep,
  );
}

/** The levels that do something, to three digits. */
function touched(levels: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(levels)
      .filter(([, level]) => level > 0)
      .map(([kind, level]) => [kind, +level.toFixed(3)]),
  );
}
