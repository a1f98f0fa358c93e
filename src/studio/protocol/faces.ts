import type { DegradationLevels } from '../../faces/face-record';
import type { Point } from '../../faces/similarity-transform';
import type { FaceBox } from '../../inference/align/detect-faces';
import type { FoundFace } from '../../inference/align/find-faces';
import type { SourcePicture } from '../../training/data/held-out/picture-reader';
import type { PairScores } from '../../inference/pair-scores';
import type { ReadingPolicy } from '../../inference/reading-policy';

/** Messages about single faces: the comparison of two sides, and the camera. */
export type FaceCommand =
  /**
   * Puts a sample of the last `source-look` on a side, in place of the side's pictures or in
   * addition to them. `id` is chosen by the page. `side` and `pair` events follow.
   */
  | {
      readonly type: 'choose-sample';
      readonly slot: FaceSlot;
      readonly id: string;
      readonly key: string;
      readonly add: boolean;
      readonly levels: DegradationLevels;
    }
  /** Puts a picture of the run on a side, in place of the side's pictures. */
  | {
      readonly type: 'choose-run-picture';
      readonly slot: FaceSlot;
      readonly id: string;
      readonly picture: SourcePicture;
    }
  /**
   * Puts a person's own picture on a side: its face is detected, aligned and cropped. Pictures with
   * the same `drop` were dropped together and add to each other, even if some can't be read.
   */
  | {
      readonly type: 'choose-photo';
      readonly slot: FaceSlot;
      readonly id: string;
      readonly photo: Blob;
      readonly name: string;
      readonly add: boolean;
      readonly drop: string;
    }
  /** Takes another face of a photograph: `face` is its index in {@link ShownFace.photo}. */
  | {
      readonly type: 'choose-face';
      readonly slot: FaceSlot;
      readonly id: string;
      readonly face: number;
    }
  | { readonly type: 'remove-face'; readonly slot: FaceSlot; readonly id: string }
  | {
      readonly type: 'degrade-face';
      readonly slot: FaceSlot;
      readonly id: string;
      readonly levels: DegradationLevels;
    }
  /** Compares the two sides again and again while one picture is degraded. */
  | { readonly type: 'sweep'; readonly slot: FaceSlot; readonly id: string }
  | { readonly type: 'stop-sweep' }
  /** Reads a frame of the camera, and closes it. */
  | { readonly type: 'camera-frame'; readonly frame: ImageBitmap }
  /** Enrols the person in the next frames with a face; later frames are compared with them. */
  | { readonly type: 'camera-enrol' }
  /** Forgets the enrolled person. */
  | { readonly type: 'camera-forget' };

/** The replies about single faces. */
export interface FaceReplies {
  /** null if it was stopped, or the faces changed. */
  readonly sweep: Sweep | null;
  readonly 'camera-frame': CameraReading;
}

export type FaceEvent =
  /** All pictures of a side. */
  | { readonly type: 'side'; readonly slot: FaceSlot; readonly faces: readonly ShownFace[] }
  /** Whether a side is being read. */
  | { readonly type: 'face-busy'; readonly slot: FaceSlot; readonly busy: boolean }
  /** The comparison; null until both sides have a picture. */
  | { readonly type: 'pair'; readonly pair: PairReading | null };

/** One of the two sides of a comparison. */
export type FaceSlot = 'a' | 'b';

/** A picture of the verification panel, after degradation. */
export interface ShownFace {
  readonly id: string;
  readonly name: string;
  /** 112 × 112 RGBA bytes of the crop, for a canvas. */
  readonly crop: Uint8ClampedArray;
  readonly levels: DegradationLevels;
  /** null until a head has been trained or loaded. */
  readonly kappa: number | null;
  readonly embeddingNorm: number;
  /** Its share in the direction of its side, Eqn (14), 0..1. Shares are equal if there is no κ. */
  readonly weight: number;
  /**
   * The size of the photograph, its faces (main one first), and the index of this one; null for
   * crops.
   */
  readonly photo: {
    readonly width: number;
    readonly height: number;
    readonly faces: readonly FoundFace[];
    readonly chosen: number;
  } | null;
  /** `photo` was detected and aligned; `aligned` was a 112 × 112 crop already. */
  readonly origin: 'sample' | 'photo' | 'aligned';
  /** Whom it shows; null where nobody knows, as of a person's own picture. */
  readonly person: KnownPerson | null;
}

/** A person as a source of faces numbers them. */
export interface KnownPerson {
  /** What the source is called in the settings: numbers of two sources can't be compared. */
  readonly source: string;
  readonly label: number;
}

/**
 * The comparison of the two sides. Validation pairs that were read under the same policy say how to
 * interpret its scores.
 */
export interface PairReading {
  readonly policy: ReadingPolicy;
  /** By method, as an evaluation scores a pair. Cosine pools templates by their plain mean. */
  readonly scores: PairScores;
  /**
   * cos θ of templates that are pooled by κ, Eqn (14); null without κ, or without a template of
   * several pictures.
   */
  readonly pooledCosTheta: number | null;
  /** Both sides are one and the same picture, degraded alike. */
  readonly isOnePicture: boolean;
}

/** A comparison while one picture is degraded, in each kind. */
export interface Sweep {
  readonly slot: FaceSlot;
  readonly id: string;
  readonly kinds: readonly SweepKind[];
}

/** A comparison while one kind of degradation goes from none to the worst. */
export interface SweepKind {
  readonly kind: keyof DegradationLevels;
  readonly points: readonly {
    readonly level: number;
    /** 112 × 112 RGBA bytes of the degraded crop. */
    readonly crop: Uint8ClampedArray;
    readonly scores: PairScores;
    readonly kappa: number | null;
  }[];
}

/** What was read in a frame of the camera. */
export interface CameraReading {
  /** Size of the frame: box and points are in its pixels. */
  readonly width: number;
  readonly height: number;
  /** Number of faces found. Only the main one is read. */
  readonly faces: number;
  readonly face: {
    readonly box: FaceBox;
    /** Eyes, nose tip and mouth corners. */
    readonly points: readonly Point[];
    /** 112 × 112 RGBA bytes: the backbone's input. */
    readonly crop: Uint8ClampedArray;
    readonly kappa: number | null;
    /** Compared with the enrolled person; null if nobody is enrolled. */
    readonly match: Pick<PairReading, 'policy' | 'scores'> | null;
  } | null;
  /** Frames taken so far, while somebody is being enrolled. */
  readonly enrolling: { readonly taken: number; readonly wanted: number } | null;
  /** The enrolled person: the frame with the highest confidence, and κ of all frames pooled. */
  readonly enrolled: { readonly crop: Uint8ClampedArray; readonly kappa: number | null } | null;
  /** Time that reading the frame took. */
  readonly milliseconds: number;
}
