import type { ConfidenceMethod, ConfidentFace } from '../../confidence/confidence-method';
import { createMethod } from '../../confidence/methods';
import { alignFace } from '../../inference/align/crop-photo';
import { detectFaces } from '../../inference/align/detect-faces';
import type { RgbImage } from '../../faces/face-record';
import type { PhotoNetworks } from '../../inference/align/find-faces';
import { findLandmarks } from '../../inference/align/find-landmarks';
import type { Backbone } from '../../models/backbones/backbone';
import { dot } from '../../core/vector';
import { readFace } from '../../inference/read-face';
import type { CameraReading } from '../protocol';
import type { TrainedHead } from '../runtime/trained-head';
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

/** A frame of an enrolment. */
interface EnrolledFrame {
  readonly face: ConfidentFace;
  readonly crop: Uint8Array;
}

/**
 * Reads the frames of a camera, one at a time, and compares them with an enrolled person. The
 * enrolment is only kept in memory, until the page closes.
 *
 * Where the verdict's inputs come from: μ and κ of a frame are read in {@link
 * CameraController.read}; those of the enrolled person are the pool of {@link ENROLMENT_FRAMES}
 * frames (`#addFrame`); cos θ and the SCF score, Eqn (13), are computed in `#match`. The page
 * compares them with a threshold.
 */
export class CameraController {
  /** Frames taken so far; null if nobody is being enrolled. */
  #frames: EnrolledFrame[] | null = null;
  #enrolled: {
    readonly face: ConfidentFace;
    readonly hasKappa: boolean;
    readonly crop: Uint8Array;
  } | null = null;

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
        ...this.#state(),
        width: image.width,
        height: image.height,
        faces: 0,
        face: null,
        milliseconds: performance.now() - startedAt,
      };
    const { points } = await findLandmarks(image, box, networks.landmarks);
    const crop = alignFace(image, points);
    const { mu, kappa } = await readFace(crop, backbone, trained?.head ?? null);
    const face: ConfidentFace = {
      mu,
      concentration: kappa === null ? new Float32Array() : Float32Array.of(kappa),
    };
    const method = createMethod(kappa === null ? 'cosine' : 'scf', {
      radius: trained?.radius ?? 1,
    });
    if (this.#frames) this.#addFrame({ face, crop }, method);
    return {
      ...this.#state(),
      width: image.width,
      height: image.height,
      faces: faces.length,
      face: { box, points, crop: rgbaOf(crop), kappa, match: this.#match(face, method) },
      milliseconds: performance.now() - startedAt,
    };
  }

  /** Adds a frame to the enrolment; the last one completes it. */
  #addFrame(frame: EnrolledFrame, method: ConfidenceMethod): void {
    // If a head was put in use meanwhile, frames with κ can't be pooled with earlier ones without.
    const frames = [
      ...this.#frames!.filter(
        ({ face }) => face.concentration.length === frame.face.concentration.length,
      ),
      frame,
    ];
    this.#frames = frames;
    if (frames.length < ENROLMENT_FRAMES) return;
    const confidence = ({ face }: EnrolledFrame) => method.confidence(face) ?? 0;
    const surest = frames.reduce((best, each) =>
      confidence(each) > confidence(best) ? each : best,
    );
    this.#enrolled = {
      face: method.pool(frames.map(({ face }) => face)),
      hasKappa: frame.face.concentration.length > 0,
      crop: surest.crop,
    };
    this.#frames = null;
  }

  /** Compares a face with the enrolled person; null if nobody is enrolled. */
  #match(
    face: ConfidentFace,
    method: ConfidenceMethod,
  ): { readonly cosTheta: number; readonly scfScore: number | null } | null {
    if (!this.#enrolled) return null;
    const cosTheta = dot(face.mu, this.#enrolled.face.mu);
    const hasScore = method.name === 'scf' && this.#enrolled.hasKappa;
    return {
      cosTheta,
      scfScore: hasScore ? method.pairScore(face, this.#enrolled.face, cosTheta) : null,
    };
  }

  /** The enrolment, for the page. */
  #state(): Pick<CameraReading, 'enrolling' | 'enrolled'> {
    return {
      enrolling: this.#frames && { taken: this.#frames.length, wanted: ENROLMENT_FRAMES },
      enrolled: this.#enrolled && {
        crop: rgbaOf(this.#enrolled.crop),
        kappa: this.#enrolled.face.concentration[0] ?? null,
      },
    };
  }
}
