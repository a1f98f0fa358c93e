import type { ConfidentFace, MethodName } from '../../confidence/confidence-method';
import { ijbFigures, type IjbFigures } from '../../evaluation/ijb/ijb-figures';
import { scoreIjbPairs } from '../../evaluation/ijb/ijb-scores';
import {
  createPooling,
  type BaselineOptions,
  type TemplatePooling,
} from '../../evaluation/ijb/ijb-templates';
import { alignFace } from '../align/crop-photo';
import type { RgbImage } from '../../faces/face-record';
import { findMainFace, type PhotoNetworks } from '../align/find-faces';
import { pointsTrouble } from '../align/plausible-points';
import { readAhead } from '../../faces/sources/read-ahead';
import type { IjbDetection, IjbPairs, IjbPictures } from '../../formats/pairs/ijb-meta';
import { count, counted } from '../../core/number-words';
import { StudioError } from '../../core/studio-error';
import { type Backbone, BACKBONE_BATCH } from '../../models/backbones/backbone';
import { methodInUse, type EvaluatedHead } from './evaluate';
import { groupsOf } from '../../core/groups-of';
import { readFaces } from '../read-faces';
import type { LostPicture } from '../read-pictures';

/** A release of IJB-B or IJB-C, its three lists read. */
export interface IjbRelease {
  readonly name: string;
  readonly pictures: IjbPictures;
  readonly pairs: IjbPairs;
  readonly detections: ReadonlyMap<string, IjbDetection>;
  /** @throws StudioError `bad-image` or `bad-source` */
  decode(picture: string): Promise<RgbImage>;
}

/** What a release is evaluated with. */
export interface EvaluateIjbOptions {
  readonly release: IjbRelease;
  readonly methods: readonly MethodName[];
  readonly backbone: Backbone;
  readonly heads: readonly EvaluatedHead[];
  readonly flip: boolean;
  readonly baseline: BaselineOptions;
  /**
   * Asked for where a picture's own points can't be a face's; null where there are none: such
   * pictures are lost then.
   */
  readonly networks: (() => Promise<PhotoNetworks>) | null;
  /** @param what `pictures` while they are read, then each method's `pairs` */
  readonly onProgress?: (what: 'pictures' | 'pairs', done: number, total: number) => void;
  readonly yieldToEventLoop?: () => Promise<void>;
}

/** A picture whose points were looked for by the detector, and why. */
export interface FoundAnew {
  readonly picture: string;
  readonly reason: string;
}

/** What a release comes to. Plain data. */
export interface IjbResult {
  readonly data: string;
  readonly backbone: string;
  readonly pictures: number;
  readonly templates: number;
  readonly pairs: number;
  readonly lost: readonly LostPicture[];
  /**
   * Pictures whose points in the release are no face's, and what is wrong with them: the detector
   * found the face.
   */
  readonly foundAnew: readonly FoundAnew[];
  /** Templates whose pictures were all lost. */
  readonly lostTemplates: readonly number[];
  /**
   * Templates without a detector's score above 0: cosine pools them as if all their pictures had
   * the same.
   */
  readonly withoutScores: readonly number[];
  /** By method: templates that were left out, since their pictures cancel each other out. */
  readonly cancelled: Readonly<Partial<Record<MethodName, readonly number[]>>>;
  readonly methods: Readonly<
    Partial<Record<MethodName, IjbFigures & { readonly lostPairs: number }>>
  >;
}

/**
 * Evaluates methods on a release: pictures are aligned by its own five points, or by the detector's
 * where those are no face's, and read template by template, so that no more than one template's are
 * held; then millions of pairs are scored.
 * @throws StudioError `bad-source` for pairs of templates without pictures; `bad-config` for a
 * method without its head
 */
export async function evaluateIjb({
  release,
  methods: names,
  backbone,
  heads,
  flip,
  baseline,
  networks,
  onProgress,
  yieldToEventLoop,
}: EvaluateIjbOptions): Promise<IjbResult> {
  const { pictures, pairs } = release;
  const methods = names.map((name) => methodInUse(name, heads));
  const places = new Map<number, number>();
  for (const template of pictures.templates)
    if (!places.has(template)) places.set(template, places.size);
  const placesOf = (templates: Int32Array) =>
    templates.map((template) => {
      const place = places.get(template);
      if (place === undefined)
        throw new StudioError(
          'bad-source',
          `A pair of ${release.name} names template ${template}, of which there is no picture.`,
          'Check that all lists are of one release.',
        );
      return place;
    });
  const [first, second] = [placesOf(pairs.first), placesOf(pairs.second)];
  const lost: LostPicture[] = [];
  const foundAnew: FoundAnew[] = [];
  const templates = methods.map(() => new Array<ConfidentFace | null>(places.size).fill(null));
  const poolings = methods.map((method): TemplatePooling => createPooling(method, baseline));
  const finished = new Set<number>();
  const withoutScores = new Set<number>();
  const cancelled = methods.map((): number[] => []);
  const finish = (template: number) => {
    finished.add(template);
    poolings.forEach((pooling, method) => {
      const pooled = pooling.finish();
      templates[method]![places.get(template)!] = pooled.face;
      if (pooled.withoutScores) withoutScores.add(template);
      if (!pooled.face) cancelled[method]!.push(template);
    });
  };
  let at: { readonly template: number; readonly media: number } | null = null;
  let done = 0;
  const confidenceHeads = heads.map(({ head }) => head);
  for await (const group of readAhead(
    groupsOf(alignedPictures(release, networks, lost, foundAnew), BACKBONE_BATCH / (flip ? 2 : 1)),
    1,
  )) {
    const faces = await readFaces(
      group.map(({ crop }) => crop),
      backbone,
      confidenceHeads,
      { flip },
    );
    for (const [row, { template, media, detectorScore }] of group.entries()) {
      if (at && at.template !== template) finish(at.template);
      else if (at && at.media !== media) for (const pooling of poolings) pooling.endMedia();
      for (const pooling of poolings) pooling.add({ ...faces[row]!, detectorScore });
      at = { template, media };
    }
    done += group.length;
    onProgress?.('pictures', done + lost.length, pictures.names.length);
    await yieldToEventLoop?.();
  }
  if (at) finish(at.template);
  const figures: [MethodName, IjbFigures & { lostPairs: number }][] = [];
  for (const [index, { method }] of methods.entries()) {
    const scores = await scoreIjbPairs({
      first,
      second,
      same: pairs.same,
      templates: templates[index]!,
      method,
      onProgress: (scored) => onProgress?.('pairs', scored, pairs.same.length),
      yieldToEventLoop,
    });
    const scored = scores.genuine.length + scores.impostor.length;
    if (scores.genuine.length === 0 || scores.impostor.length === 0) {
      throw oneKind(release.name, scored, lost, pictures.names.length);
    }
    figures.push([
      method.name,
      { ...ijbFigures(scores.genuine, scores.impostor), lostPairs: scores.lost },
    ]);
  }
  return {
    data: release.name,
    backbone: backbone.name,
    pictures: pictures.names.length,
    templates: places.size,
    pairs: pairs.same.length,
    lost,
    foundAnew,
    lostTemplates: [...places.keys()].filter((template) => !finished.has(template)),
    withoutScores: [...withoutScores],
    cancelled: Object.fromEntries(
      methods
        .map(({ method }, i) => [method.name, cancelled[i]!] as const)
        .filter(([, left]) => left.length > 0),
    ),
    methods: Object.fromEntries(figures),
  };
}

/** No rates can be had: of which kind pairs are left, and what was lost. */
function oneKind(
  name: string,
  scored: number,
  lost: readonly LostPicture[],
  pictures: number,
): StudioError {
  const kinds =
    scored === 0
      ? `None of the pairs of ${name} could be scored`
      : `The pairs of ${name} that could be scored are of one kind; rates take both`;
  const [first] = lost;
  const losses = `${count(lost.length)} of ${counted(pictures, 'picture')} ${lost.length === 1 ? 'is' : 'are'} lost`;
  const why = first
    ? `; ${losses}, the first ${first.picture}: ${first.reason.replace(/\.$/, '')}`
    : '';
  return new StudioError('bad-source', `${kinds}${why}.`, 'Check that its pictures are all there.');
}

interface AlignedPicture {
  readonly template: number;
  readonly media: number;
  readonly detectorScore: number;
  readonly crop: Uint8Array;
}

/**
 * Pictures template by template and media by media; those that are lost are told and passed over.
 */
async function* alignedPictures(
  { pictures, detections, decode }: IjbRelease,
  networks: EvaluateIjbOptions['networks'],
  lost: LostPicture[],
  foundAnew: FoundAnew[],
): AsyncGenerator<AlignedPicture> {
  const { names, templates, media } = pictures;
  const order = Int32Array.from(names, (_, row) => row).sort(
    (a, b) => templates[a]! - templates[b]! || media[a]! - media[b]! || a - b,
  );
  for (const row of order) {
    const picture = names[row]!;
    const detection = detections.get(picture);
    try {
      const image = await decode(picture);
      const trouble = detection ? pointsTrouble(detection.points, image) : null;
      if (detection && trouble === null) {
        const { points, score: detectorScore } = detection;
        yield {
          template: templates[row]!,
          media: media[row]!,
          detectorScore,
          crop: alignFace(image, points),
        };
        continue;
      }
      const reason = detection
        ? `Its points in the release ${trouble}.`
        : 'The release has no points for it.';
      const main = networks && (await findMainFace(image, await networks()));
      if (main) {
        foundAnew.push({ picture, reason });
        const { points, box } = main.face;
        yield {
          template: templates[row]!,
          media: media[row]!,
          detectorScore: box.score,
          crop: alignFace(image, points),
        };
      } else
        lost.push({
          picture,
          what: 'undetected',
          reason: networks ? `${reason} No face was found in it either.` : reason,
        });
    } catch (thrown) {
      if (
        !(thrown instanceof StudioError) ||
        (thrown.code !== 'bad-image' && thrown.code !== 'bad-source')
      )
        throw thrown;
      lost.push({ picture, what: 'unreadable', reason: thrown.message });
    }
  }
}
