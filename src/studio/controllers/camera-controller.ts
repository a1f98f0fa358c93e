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

/** Frames with a face that an enrolment takes. */
const ENROLMENT_FRAMES = 8;

/** What a frame is read with. */
export interface CameraTools {
  readonly backbone: Backbone;
  /** null where none has been trained: faces have no κ then. */
  readonly trained: TrainedHead | null;
  readonly networks: PhotoNetworks;
}

/** A face of an enrolment, and its crop. */
interface EnrolledFrame {
  readonly face: ConfidentFace;
  readonly crop: Uint8Array;
}

/**
 * Reads the frames of a camera, one at a time. Who was enrolled lies here and nowhere else, and
 * goes with the page.
 */
export class CameraController {
  #frames: EnrolledFrame[] | null = null;
  #enrolled: {
    readonly face: ConfidentFace;
    readonly hasKappa: boolean;
    readonly crop: Uint8Array;
  } | null = null;

  /** The next frames with a face become the person that is looked for. */
  enrol(): void {
    [this.#frames, this.#enrolled] = [[], null];
  }

  /** Lets go of whoever was enrolled. */
  forget(): void {
    [this.#frames, this.#enrolled] = [null, null];
  }

  /** Finds the main face of a frame, reads it, and compares it with whoever is enrolled. */
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
    if (this.#frames) this.#take({ face, crop }, method);
    return {
      ...this.#state(),
      width: image.width,
      height: image.height,
      faces: faces.length,
      face: { box, points, crop: rgbaOf(crop), kappa, match: this.#match(face, method) },
      milliseconds: performance.now() - startedAt,
    };
  }

  #take(frame: EnrolledFrame, method: ConfidenceMethod): void {
    // A head that came or went in between makes frames that can't be pooled with those before.
    const frames = [
      ...this.#frames!.filter(
        ({ face }) => face.concentration.length === frame.face.concentration.length,
      ),
      frame,
    ];
    this.#frames = frames;
    if (frames.length < ENROLMENT_FRAMES) return;
    const surest = frames.reduce((best, each) =>
      (method.confidence(each.face) ?? 0) > (method.confidence(best.face) ?? 0) ? each : best,
    );
    this.#enrolled = {
      face: method.pool(frames.map(({ face }) => face)),
      hasKappa: frame.face.concentration.length > 0,
      crop: surest.crop,
    };
    this.#frames = null;
  }

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
