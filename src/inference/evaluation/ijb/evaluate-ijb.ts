import type { MethodName, TrainedMethodName } from '../../../confidence/confidence-method';
import { figuresOfSorted, IJB_FARS } from '../../../evaluation/ijb/ijb-figures';
import {
  withIntervals,
  type IjbIntervalFigures,
  type ResampledRates,
} from '../../../evaluation/ijb/ijb-intervals';
import { IjbResampling, resampledTars } from '../../../evaluation/ijb/ijb-resampling';
import { scoreIjbPairs } from '../../../evaluation/ijb/ijb-scores';
import { sortInPieces } from '../../../evaluation/ijb/sort-in-pieces';
import type { BaselineOptions } from '../../../evaluation/ijb/ijb-templates';
import { resamplesFor } from '../../../evaluation/statistics/resampling';
import { subjectsOf } from '../../../evaluation/statistics/subjects';
import { count, counted } from '../../../core/number-words';
import { StudioError } from '../../../core/studio-error';
import { methodInUse } from '../evaluated-heads';
import type { RedetectedPicture } from './ijb-pictures';
import { IjbTemplatePools } from './ijb-template-pools';
import { poolPictures, type PoolingOptions } from './pool-pictures';
import type { LostPicture } from '../../locate-pictures';
import type { ReadingPolicy } from '../../reading-policy';

/** Options of {@link evaluateIjb}. */
export interface EvaluateIjbOptions extends PoolingOptions {
  readonly methods: readonly MethodName[];
  readonly baseline: BaselineOptions;
}

/** The result of {@link evaluateIjb}. Plain data: written as JSON under these names. */
export interface IjbResult {
  readonly data: string;
  readonly backbone: string;
  /** The head of each method, by its name. */
  readonly heads: Readonly<Partial<Record<TrainedMethodName, string>>>;
  /** How each face was read. */
  readonly policy: ReadingPolicy;
  /** Of the resamples. */
  readonly seed: number;
  readonly pictures: number;
  readonly templates: number;
  readonly pairs: number;
  /** Pictures without a usable face; {@link LostPicture.reason} says why. */
  readonly lost: readonly LostPicture[];
  /** Pictures whose face our detector found, because the release's points were not usable. */
  readonly foundAnew: readonly RedetectedPicture[];
  /** Templates all of whose pictures are lost. */
  readonly lostTemplates: readonly number[];
  /**
   * Templates without a picture with a detector score above 0. Cosine pools them with equal
   * weights.
   */
  readonly withoutScores: readonly number[];
  /** Templates that a method left out, because their pictures cancel each other out. */
  readonly cancelled: Readonly<Partial<Record<MethodName, readonly number[]>>>;
  /**
   * What the intervals come from: people are the templates that genuine pairs connect. See
   * `resampledTars`.
   */
  readonly bootstrap: {
    readonly resamples: number;
    readonly over: 'people';
    readonly units: number;
  };
  /** `lostPairs`: pairs without a score, because a side has no face. */
  readonly methods: Readonly<
    Partial<Record<MethodName, IjbIntervalFigures & { readonly lostPairs: number }>>
  >;
}

/** Scores weighed in all resamples of a method together, at most: 200 resamples of IJB-C's. */
const SCORE_BUDGET = 3e9;
/** The bootstrap is the same in every evaluation. */
const SEED = 777;

/**
 * Evaluates methods on a release of IJB-B or IJB-C. Pictures are aligned by the release's five
 * points (`alignedPictures`), embedded, and pooled template by template ({@link IjbTemplatePools});
 * then the millions of pairs of templates are scored (`scoreIjbPairs`).
 * @throws StudioError `bad-source` for pairs of templates without pictures, and if no rates can be
 * computed from the pairs left; `bad-config` for a method without its head
 */
export async function evaluateIjb(options: EvaluateIjbOptions): Promise<IjbResult> {
  const { release, backbone, heads, baseline, onProgress, yieldToEventLoop } = options;
  const { pictures, pairs } = release;
  // Cosine first: the others are compared with it.
  const names = [...options.methods].sort(
    (a, b) => Number(b === 'cosine') - Number(a === 'cosine'),
  );
  const methods = names.map((name) => methodInUse(name, heads));
  const emptyPools = () => new IjbTemplatePools(pictures.templates, methods, baseline);
  const rows = emptyPools();
  const [first, second] = [
    rowsOf(pairs.first, rows, release.name),
    rowsOf(pairs.second, rows, release.name),
  ];
  const { pools, lost, redetected } = await poolPictures(options, emptyPools);
  const figures: [MethodName, IjbIntervalFigures & { lostPairs: number }][] = [];
  const { subjects, count: people } = subjectsOf(first, second, pairs.same, pools.size);
  const resampling = new IjbResampling(
    first.map((template) => subjects[template]!),
    second.map((template) => subjects[template]!),
    people,
    SEED,
    resamplesFor(pairs.same.length, SCORE_BUDGET),
  );
  let cosine: ResampledRates | null = null;
  for (const [index, { method }] of methods.entries()) {
    const scores = await scoreIjbPairs({
      first,
      second,
      same: pairs.same,
      templates: pools.facesOf(index),
      method,
      onProgress: (scored) => onProgress?.('pairs', scored, pairs.same.length),
      yieldToEventLoop,
    });
    const scored = scores.genuine.length + scores.impostor.length;
    if (scores.genuine.length === 0 || scores.impostor.length === 0) {
      throw noRates(release.name, scored, lost, pictures.names.length);
    }
    const resampled = await resampledTars(scores, IJB_FARS, resampling, {
      onProgress: (done) => onProgress?.('resamples', done, resampling.resamples),
      yieldToEventLoop,
    });
    // In place, so the resamples come first.
    await sortInPieces(scores.genuine, { yieldToEventLoop });
    await sortInPieces(scores.impostor, { yieldToEventLoop });
    const plain = figuresOfSorted(scores.genuine, scores.impostor);
    const { figures: found, measured } = withIntervals(plain, resampled, cosine);
    figures.push([method.name, { ...found, lostPairs: scores.lost }]);
    if (method.name === 'cosine') cosine = measured;
  }
  return {
    data: release.name,
    backbone: backbone.name,
    heads: Object.fromEntries(heads.map(({ method, name }) => [method, name])),
    policy: options.policy,
    seed: SEED,
    pictures: pictures.names.length,
    templates: pools.size,
    pairs: pairs.same.length,
    lost,
    foundAnew: redetected,
    lostTemplates: pools.lost,
    withoutScores: [...pools.withoutScores],
    cancelled: pools.cancelled,
    bootstrap: { resamples: resampling.resamples, over: 'people', units: people },
    methods: Object.fromEntries(figures),
  };
}

/**
 * The rows of the pairs' templates.
 * @throws StudioError `bad-source` for a template without pictures
 */
function rowsOf(templates: Int32Array, pools: IjbTemplatePools, release: string): Int32Array {
  return templates.map((template) => {
    const row = pools.row(template);
    if (row === undefined)
      throw new StudioError(
        'bad-source',
        `A pair of ${release} names template ${template}, of which there is no picture.`,
        'Check that all lists are of one release.',
      );
    return row;
  });
}

/** The error if no genuine or no impostor pair could be scored: rates need both. */
function noRates(
  name: string,
  scored: number,
  lost: readonly LostPicture[],
  pictures: number,
): StudioError {
  const kinds =
    scored === 0
      ? `None of the pairs of ${name} could be scored`
      : `All pairs of ${name} that could be scored are of one kind; rates need both`;
  const [first] = lost;
  const losses =
    `${count(lost.length)} of ${counted(pictures, 'picture')} ` +
    `${lost.length === 1 ? 'is' : 'are'} lost`;
  const why = first
    ? `; ${losses}, the first ${first.picture}: ${first.reason.replace(/\.$/, '')}`
    : '';
  return new StudioError('bad-source', `${kinds}${why}.`, 'Check that its pictures are all there.');
}
