import type { TrainedMethodName } from '../../confidence/confidence-method';
import type { HeadName } from '../../models/heads/confidence-head';
import type { HeadLayers } from '../../models/heads/head-layers';
import type { FaceKind } from '../../models/heads/ready-head-list';
import type { HeadReading } from '../../training/session/run-events';
import type { FaceSlot, PairReading, ShownFace } from './faces';

/** Messages about which head faces are read with. */
export type HeadCommand =
  /**
   * Chooses the head that faces are read with: `heads` and `photo-head` events follow and, once the
   * shown faces have been read with it, `head`. Fails if there is no such head.
   */
  { readonly type: 'choose-head'; readonly choice: HeadChoice };

export type HeadEvent =
  /** What can be chosen, what is chosen, and what an evaluation would use. */
  | {
      readonly type: 'heads';
      readonly choice: HeadChoice;
      readonly available: readonly AvailableHead[];
      /** One for each method that has a head. */
      readonly evaluated: readonly AvailableHead[];
    }
  /**
   * The shown faces, and the head that all of them have been read with. One message, so that a
   * score is never shown against the distributions of another head. `side` and `pair` events that
   * follow are of the same head.
   */
  | {
      readonly type: 'head';
      /** null if there is none: faces then have no κ. */
      readonly head: HeadInUse | null;
      readonly sides: Readonly<Record<FaceSlot, readonly ShownFace[]>>;
      readonly pair: PairReading | null;
    }
  /**
   * The head for photographs: camera frames that are answered from now on are read with it, and the
   * next evaluation uses what was chosen for its method.
   */
  | { readonly type: 'photo-head'; readonly head: HeadInUse | null };

/**
 * Which head reads faces: one of the studio's, the run's, or the one that was read from a file.
 * `auto` is the studio's for drawn faces where all faces are drawn, else the one for photographs.
 */
export type HeadChoice =
  | { readonly kind: 'studio'; readonly faces: 'auto' | FaceKind }
  | { readonly kind: 'run' }
  | { readonly kind: 'file' };

/** A head that can be used. */
export interface AvailableHead {
  readonly kind: HeadChoice['kind'];
  /** What the studio's own was trained on; null for a run's or a file's. */
  readonly faces: FaceKind | null;
  /** The file's name, or the run's. */
  readonly name: string;
  readonly method: TrainedMethodName;
  /** Optimiser steps of its training; null if unknown. */
  readonly step: number | null;
}

/** A head that can be used, with what is known of it. */
export interface HeadDescription extends AvailableHead {
  readonly head: HeadName;
  /** What it reads, and its layers. */
  readonly network: HeadLayers;
  /** false if the file doesn't say which backbone it was trained on. */
  readonly backboneVerified: boolean;
  /** How it failed to learn, as a sentence; null unless that is known. */
  readonly collapse: string | null;
  /** What it gives for its validation pictures, by policy; empty if unknown. */
  readonly readings: readonly HeadReading[];
}

/** A head that faces are read with. */
export interface HeadInUse extends HeadDescription {
  readonly reason: HeadReason;
}

/**
 * Why this head reads faces.
 * - `chosen`: a person chose it
 * - `photographs`, `drawn`: the studio's for such faces, since all of them are
 * - `mixed`: one score needs one head, and not all faces are drawn
 * - `no-drawn-head`: the faces are drawn, but only the studio's head for photographs can be had
 * - `not-scf`: the chosen one was trained by a method that gives single faces no κ
 */
export type HeadReason = 'chosen' | 'photographs' | 'drawn' | 'mixed' | 'no-drawn-head' | 'not-scf';
