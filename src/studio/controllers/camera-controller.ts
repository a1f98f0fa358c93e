import { createMethod } from '../../confidence/methods';
import { detectFaces } from '../../inference/align/detect-faces';
import type { RgbImage } from '../../faces/face-record';
import type { PhotoNetworks } from '../../inference/align/find-faces';
import { findLandmarks } from '../../inference/align/find-landmarks';
import { FaceReader, type FaceReading } from '../../inference/face-reader';
import { locatedIn } from '../../inference/locate-face';
import { pairScores } from '../../inference/pair-scores';
import type { Backbone } from '../../models/backbones/backbone';
import type { ConfidenceHead } from '../../models/heads/confidence-head';
import type { CameraReading } from '../protocol';
import { evaluatedHead, type TrainedHead } from '../runtime/trained-head';
import { rgbaOf } from '../runtime/verification';

/** Frames with a face that an enrolment pools. */
const ENROLMENT_FRAMES = 8;

/** What a frame is read with: `Controllers.faceTools`. */
export interface CameraTools {
  readonly backbone: Backbone;
  /** null if there is no SCF head; faces then have no κ. */
  readonly trained: TrainedHead | null;
  readonly networks: PhotoNetworks;
}

/** A frame must be read fast; scores of the camera are held against pairs of the same policy. */
const POLICY = 'single';

/** A frame of an enrolment. */
interface EnrolledFrame {
  readonly reading: FaceReading;
  readonly crop: Uint8Array;
}

/**
 * Reads the frames of a camera, one at a time, and compares them with an enrolled person. The
 * enrolment is only kept in memory, until the page closes.
 *
 * Where the verdict's inputs come from: μ and κ of a frame are read by `FaceReader` in {@link
 * CameraController.read}; the enrolled person is a template of {@link ENROLMENT_FRAMES} frames;
 * `pairScores` compares both, as an evaluation does. The page compares the scores with a threshold.
 */
export class CameraController {
  /** Frames taken so far; null if nobody is being enrolled. */
  #frames: EnrolledFrame[] | null = null;
  #enrolled: readonly EnrolledFrame[] | null = null;
  /** The head that the kept frames were read with: κ of different heads can't be pooled. */
  #head: ConfidenceHead | null = null;

  /** Enrols the person in the next {@link ENROLMENT_FRAMES} frames with a face. */
  enrol(): void {
    this.#frames = [];
    this.#enrolled = null;
  }

  /** Forgets the enrolled person. */
  forget(): void {
    this.#frames = null;
    this.#enrolled = null;
  }

  /** Finds the main face of a frame, reads it, and compares it with the enrolled person. */
  async read(
    image: RgbImage,
    { backbone, trained, networks }: CameraTools,
  ): Promise<CameraReading> {
    const startedAt = performance.now();
    const faces = await detectFaces(image, networks.detector);
    const [box] = faces;
    if (!box)
      return {
        ...this.#state(trained),
        width: image.width,
        height: image.height,
        faces: 0,
        face: null,
        milliseconds: performance.now() - startedAt,
      };
    const { points } = await findLandmarks(image, box, networks.landmarks);
    const found = { face: { box, points, turned: 0 as const }, faces: faces.length };
    const located = locatedIn(image, found, POLICY);
    const crop = located.crops[0]!;
    const head = trained?.head ?? null;
    const [reading] = await new FaceReader(backbone, head ? [head] : [], POLICY).read([located]);
    if (this.#frames) this.#addFrame({ reading: reading!, crop }, head);
    return {
      ...this.#state(trained),
      width: image.width,
      height: image.height,
      faces: faces.length,
      face: {
        box,
        points,
        crop: rgbaOf(crop),
        kappa: kappaOf(reading!),
        match: this.#match(reading!, trained),
      },
      milliseconds: performance.now() - startedAt,
    };
  }

  /** Adds a frame to the enrolment; the last one completes it. */
  #addFrame(frame: EnrolledFrame, head: ConfidenceHead | null): void {
    const before = head === this.#head ? this.#frames! : [];
    this.#head = head;
    const frames = [...before, frame];
    this.#frames = frames;
    if (frames.length < ENROLMENT_FRAMES) return;
    this.#enrolled = frames;
    this.#frames = null;
  }

  /**
   * Compares a face with the enrolled person; null if nobody is enrolled. Only by cosine if another
   * head is in use than when they were enrolled.
   */
  #match(
    reading: FaceReading,
    trained: TrainedHead | null,
  ): NonNullable<CameraReading['face']>['match'] {
    if (!this.#enrolled) return null;
    const frames = this.#enrolled.map((frame) => frame.reading);
    const heads = trained && trained.head === this.#head ? [evaluatedHead(trained)] : [];
    return { policy: POLICY, scores: pairScores([reading], frames, heads) };
  }

  /** The enrolment, for the page. */
  #state(trained: TrainedHead | null): Pick<CameraReading, 'enrolling' | 'enrolled'> {
    return {
      enrolling: this.#frames && { taken: this.#frames.length, wanted: ENROLMENT_FRAMES },
      // κ of frames that another head read has no place among this head's pictures.
      enrolled:
        this.#enrolled &&
        shownTemplate(this.#enrolled, trained?.head === this.#head ? trained : null),
    };
  }
}

/** The surest frame of a template, and κ of all frames pooled. */
function shownTemplate(
  frames: readonly EnrolledFrame[],
  trained: TrainedHead | null,
): NonNullable<CameraReading['enrolled']> {
  const confidence = ({ reading }: EnrolledFrame) => kappaOf(reading) ?? 0;
  const surest = frames.reduce((best, each) => (confidence(each) > confidence(best) ? each : best));
  const faces = frames.flatMap(({ reading: { mu, concentrations } }) =>
    concentrations[0] ? [{ mu, concentration: concentrations[0] }] : [],
  );
  const pooled =
    trained && faces.length === frames.length
      ? createMethod('scf', { radius: trained.radius }).pool(faces)
      : null;
  return { crop: rgbaOf(surest.crop), kappa: pooled?.concentration[0] ?? null };
}

const kappaOf = ({ concentrations }: FaceReading): number | null => concentrations[0]?.[0] ?? null;
