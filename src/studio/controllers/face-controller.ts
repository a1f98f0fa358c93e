import { alignFace, isAligned, noFace } from '../../inference/align/crop-photo';
import { pristine, type DegradationLevels, type RgbImage } from '../../faces/face-record';
import { findFaces, type PhotoNetworks } from '../../inference/align/find-faces';
import type { Backbone } from '../../models/backbones/backbone';
import { progressMeter } from '../../core/progress-meter';
import { presets } from '../../training/config/run-config';
import { yieldToMessages } from '../../core/yield-to-messages';
import type { FaceSlot, WorkerCommand, WorkerEvent } from '../protocol';
import type { TrainedHead } from '../runtime/trained-head';
import { Verification, type ChosenPicture } from '../runtime/verification';

/** What faces are found and read with, as it stands when they are. */
export interface FaceTools {
  readonly backbone: Backbone;
  /** null where there is none: faces have no κ then. */
  readonly trained: TrainedHead | null;
  readonly networks: () => Promise<PhotoNetworks>;
}

/** Levels of a sweep: none to the worst, in eighths. */
const SWEEP_LEVELS = Array.from({ length: 9 }, (_, i) => i / 8);
const KINDS = Object.keys(pristine) as (keyof DegradationLevels)[];

/** The two sides of the verification panel: what is done to them is read and posted. */
export class FaceController {
  readonly #verification = new Verification();
  readonly #turns: Record<FaceSlot, Promise<unknown>> = {
    a: Promise.resolve(),
    b: Promise.resolve(),
  };
  /** What the pictures of a side were chosen with last. */
  readonly #drops: Partial<Record<FaceSlot, string>> = {};
  #sweeping = new AbortController();

  constructor(
    readonly post: (event: WorkerEvent) => void,
    readonly tools: () => FaceTools,
  ) {}

  /**
   * Takes a crop for a side, after those that were chosen before it, though it may be decoded
   * first: in the place of what is there, unless that is of the same drop or it is to be added.
   */
  choose(
    slot: FaceSlot,
    chosen: ChosenPicture | Promise<ChosenPicture>,
    add: boolean,
    drop?: string,
  ): Promise<void> {
    const turn = Promise.allSettled([chosen, this.#turns[slot]]).then(async () => {
      this.#verification.choose(
        slot,
        await chosen,
        add || (drop !== undefined && drop === this.#drops[slot]),
      );
      this.#drops[slot] = drop;
      await this.#read([slot]);
    });
    this.#turns[slot] = turn;
    return turn;
  }

  /**
   * Finds the faces of a picture and takes the main one for a side; an aligned crop is left as it
   * is. @throws StudioError `no-face`
   */
  choosePhoto(
    { slot, id, name, add, drop }: Extract<WorkerCommand, { type: 'choose-photo' }>,
    decoded: Promise<RgbImage>,
  ): Promise<void> {
    const find = async (): Promise<ChosenPicture> => {
      const image = await decoded;
      if (isAligned(image)) return { id, name, origin: 'aligned', crop: image.data, photo: null };
      const faces = await findFaces(image, await this.tools().networks());
      if (!faces[0]) throw noFace(image, name);
      return {
        id,
        name,
        origin: 'photo',
        crop: alignFace(image, faces[0].points),
        photo: { image, faces },
      };
    };
    return this.choose(slot, find(), add, drop);
  }

  chooseFace(slot: FaceSlot, id: string, face: number): Promise<void> {
    this.#verification.chooseFace(slot, id, face);
    return this.#read([slot]);
  }

  remove(slot: FaceSlot, id: string): Promise<void> {
    this.#verification.remove(slot, id);
    return this.#read([slot]);
  }

  degrade(slot: FaceSlot, id: string, levels: DegradationLevels): Promise<void> {
    this.#verification.degrade(slot, id, levels);
    return this.#read([slot]);
  }

  /** Reads all faces again: head or backbone is another. */
  refresh(): Promise<void> {
    this.stopSweep();
    this.#verification.forgetReadings();
    return this.#read(this.#verification.slots);
  }

  /**
   * Degrades one picture of a side in every kind, and posts how the comparison goes. @throws
   * StudioError `bad-config` without two sides
   */
  async sweep(slot: FaceSlot, id: string): Promise<void> {
    this.stopSweep();
    const { signal } = (this.#sweeping = new AbortController());
    const progress = progressMeter(
      'scoring',
      'Degrading the picture',
      KINDS.length * SWEEP_LEVELS.length,
      'comparisons',
      (state) => this.post({ type: 'sweep-progress', progress: state }),
    );
    const { backbone, trained } = this.tools();
    let done = 0;
    try {
      progress(0);
      const onStep = async () => {
        progress(++done);
        // wasm computes without ever letting a message in.
        await yieldToMessages();
      };
      const kinds = await this.#verification.sweep(slot, id, KINDS, SWEEP_LEVELS, {
        backbone,
        head: trained?.head ?? null,
        radius: radiusOf(trained),
        signal,
        onStep,
      });
      this.post({ type: 'sweep', slot, id, kinds });
    } catch (thrown) {
      if (!signal.aborted) throw thrown;
    } finally {
      this.post({ type: 'sweep-progress', progress: null });
    }
  }

  stopSweep(): void {
    this.#sweeping.abort();
  }

  async #read(slots: readonly FaceSlot[]): Promise<void> {
    const { backbone, trained } = this.tools();
    for (const slot of slots) {
      this.post({ type: 'face-busy', slot, busy: true });
      try {
        this.post({
          type: 'side',
          slot,
          faces: await this.#verification.read(slot, backbone, trained?.head ?? null),
        });
      } finally {
        this.post({ type: 'face-busy', slot, busy: false });
      }
    }
    this.post({ type: 'pair', pair: this.#verification.pair(radiusOf(trained)) });
  }
}

const radiusOf = (trained: TrainedHead | null): number => trained?.radius ?? presets.demo.radius;
