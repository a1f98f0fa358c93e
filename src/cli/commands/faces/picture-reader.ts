import { basename } from 'node:path';
import { confidenceSymbols, methodTitles } from '../../../confidence/methods';
import type { MethodInUse } from '../../../evaluation/evaluated-pairs';
import {
  kappaPercentile,
  kappaQuality,
  type KappaProfile,
} from '../../../evaluation/kappa-profile';
import { BACKBONE_BATCH } from '../../../models/backbones/backbone';
import { faceKindWords } from '../../../models/heads/ready-head-list';
import { methodInUse } from '../../../inference/evaluation/evaluated-heads';
import { FaceReader, type FaceReading } from '../../../inference/face-reader';
import { locateMainFace, noFace, type LocatedFace } from '../../../inference/locate-face';
import {
  locatePictures,
  type LocatedPicture,
  type LostPicture,
} from '../../../inference/locate-pictures';
import { policyViews, type ReadingPolicy } from '../../../inference/reading-policy';
import type { HeadReading } from '../../../training/session/run-events';
import { openWithHeads, type ChosenHead } from '../../heads/open-with-heads';
import { readyKind } from '../../heads/ready-heads';
import { decodeImage } from '../../node/decode-image';
import { startNodeWasm } from '../../node/node-backend';
import { bytesOf, openPhotoNetworks } from '../../node/node-models';
import { backboneFile, type FaceOptions } from './face-options';

/** How every face of `score`, `embed` and `rank` is read: as evaluations and Compare read it. */
export const POLICY: ReadingPolicy = 'full';

/** A picture's main face as it was read. */
export interface ReadPicture extends FaceReading {
  /** As given on the command line. */
  readonly path: string;
  readonly found: LocatedFace['found'];
  /** The head's κ, or its method's counterpart such as 1/σ²; null without a head. */
  readonly kappa: number | null;
  /** Share of the head's validation pictures whose κ is lower, 0..100; null if it isn't known. */
  readonly percentile: number | null;
  /** Whole number 0..100, comparable within a head; null if it isn't known. */
  readonly quality: number | null;
}

/** A picture that was read, or why it wasn't. */
export type PictureOutcome =
  | { readonly path: string; readonly picture: ReadPicture; readonly loss: null }
  | { readonly path: string; readonly picture: null; readonly loss: LostPicture };

/** Options of {@link PictureReader.readAll}. */
interface ReadAllOptions {
  /** Called with the number of pictures that were looked at. */
  readonly onProgress?: (done: number) => void;
  /** Asked before each picture; true ends the reading there. */
  readonly isStopped?: () => boolean;
}

/** Reads the faces of pictures with a backbone and, where there is one for it, a head. */
export interface PictureReader {
  /** null if no head fits the backbone and none was named. */
  readonly head: ChosenHead | null;
  /** What the head's file says of validation pictures that were read alike; null if nothing. */
  readonly reading: HeadReading | null;
  /** Reads one picture. @throws StudioError `bad-source`, `bad-image`, `no-face` */
  read(path: string): Promise<ReadPicture>;
  /**
   * Reads pictures in their order, several in a pass; one path may be given twice.
   * @throws StudioError for errors that aren't a picture's
   */
  readAll(paths: readonly string[], options?: ReadAllOptions): AsyncGenerator<PictureOutcome>;
}

/**
 * Opens the backbone, the head and the networks that find faces, and says on stderr how the
 * backbone is fed and whose head gives κ.
 */
export async function openPictureReader(options: FaceOptions): Promise<PictureReader> {
  await startNodeWasm();
  const { head: named, inputConvention } = options;
  const { backbone, heads } = await openWithHeads(backboneFile(options), {
    named: named === undefined ? [] : [named],
    // The studio has a head of each method; a file has its own.
    methods: named === undefined || readyKind(named) ? ['scf'] : undefined,
    inputConvention,
    onNotice: console.error,
  });
  const head = heads[0] ?? null;
  if (head) console.error(whoseHead(head, named === undefined));
  const networks = await openPhotoNetworks(options.models);
  const reader = new FaceReader(backbone, head ? [head.head] : [], POLICY);
  const reading = head?.opened.readings.find(({ policy }) => policy === POLICY) ?? null;
  const confidence = confidenceIn(head && methodInUse(head.method, [head]), reading?.kappa ?? null);
  const pictureOf = (path: string, { found }: LocatedFace, face: FaceReading): ReadPicture => ({
    ...face,
    path,
    found,
    ...confidence(face),
  });

  async function* readGroup(
    group: readonly LocatedPicture[],
    paths: readonly string[],
  ): AsyncGenerator<PictureOutcome> {
    const readings = await reader.read(group.flatMap(({ face }) => (face ? [face] : [])));
    let row = 0;
    for (const { index, face, loss } of group) {
      const path = paths[index]!;
      if (face) yield { path, picture: pictureOf(path, face, readings[row++]!), loss: null };
      else yield { path, picture: null, loss };
    }
  }

  return {
    head,
    reading,
    read: async (path) => {
      const image = await decodedPicture(path);
      const face = await locateMainFace(image, { policy: POLICY, networks });
      if (!face) throw noFace(image, basename(path));
      const [read] = (await reader.read([face])) as [FaceReading];
      return pictureOf(path, face, read);
    },
    async *readAll(paths, { onProgress, isStopped } = {}) {
      let waiting: LocatedPicture[] = [];
      const located = { policy: POLICY, networks, decode: decodedPicture, isStopped };
      for await (const picture of locatePictures(paths, located)) {
        onProgress?.(picture.index + 1);
        waiting.push(picture);
        if (waiting.length < FACES_A_PASS) continue;
        yield* readGroup(waiting, paths);
        waiting = [];
      }
      yield* readGroup(waiting, paths);
    },
  };
}

/** Faces that the reader reads in one pass. */
const FACES_A_PASS = Math.floor(BACKBONE_BATCH / policyViews[POLICY].length);

const decodedPicture = async (path: string) =>
  decodeImage(await bytesOf(path, 'bad-source', 'Check the path.'), path);

/** Says whose head gives κ. */
function whoseHead({ path, method, readyFor }: ChosenHead, isStandard: boolean): string {
  const symbol = confidenceSymbols[method];
  if (readyFor === null) return `${symbol} by ${path} (${methodTitles[method]}).`;
  const hint = isStandard ? '; name another with --head' : '';
  return `${symbol} by the studio's head for ${faceKindWords[readyFor]} (${path})${hint}.`;
}

/** The confidence of a face by the head's own method, and its place among validation pictures. */
function confidenceIn(use: MethodInUse | null, profile: KappaProfile | null) {
  return ({ mu, concentrations }: FaceReading) => {
    const [concentration] = concentrations;
    const kappa = use && concentration ? use.method.confidence({ mu, concentration }) : null;
    const isKnown = kappa !== null && profile !== null;
    return {
      kappa,
      percentile: isKnown ? kappaPercentile(kappa, profile) : null,
      quality: isKnown ? kappaQuality(kappa, profile) : null,
    };
  };
}
