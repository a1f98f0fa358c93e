import { LatestTask } from '../../core/latest-task';
import { isAligned } from '../../inference/align/crop-photo';
import { pristine, type DegradationLevels, type RgbImage } from '../../faces/face-record';
import { findFaces, type PhotoNetworks } from '../../inference/align/find-faces';
import { noFace } from '../../inference/locate-face';
import type { Backbone } from '../../models/backbones/backbone';
import { progressMeter } from '../../core/progress-meter';
import { yieldToMessages } from '../../core/yield-to-messages';
import type { FaceSlot, WorkerCommand, WorkerEvent } from '../protocol';
import type { TrainedHead } from '../runtime/trained-head';
import { chosenCrop, chosenFace, Verification, type ChosenPicture } from '../runtime/verification';

/** What faces are found and read with. */
export interface FaceTools {
  readonly backbone: Backbone;
  /** null if there is no SCF head; faces then have no κ. */
  readonly trained: TrainedHead | null;
  readonly networks: () => Promise<PhotoNetworks>;
}

/** Levels of a sweep, from none to the worst in eighths. */
const SWEEP_LEVELS = Array.from({ length: 9 }, (_, i) => i / 8);
const KINDS = Object.keys(pristine) as (keyof DegradationLevels)[];

/** Changes the two sides of the verification panel, reads them again and posts the readings. */
export class FaceController {
  readonly #verification = new Verification();
  /** The last choice of each side: choices take effect in the order in which they were made. */
  readonly #turns: Record<FaceSlot, Promise<unknown>> = {
    a: Promise.resolve(),
    b: Promise.resolve(),
  };
  /** The drop that the last picture of each side came with. */
  readonly #drops: Partial<Record<FaceSlot, string>> = {};
  readonly #sweep = new LatestTask();

  constructor(
    readonly post: (event: WorkerEvent) => void,
    readonly tools: () => FaceTools,
  ) {}

  /**
   * Puts a picture on a side, after the pictures that were chosen before it, even if it is decoded
   * earlier. It replaces the side's pictures, unless `add` is true or they came with the same drop.
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
   * Finds the faces of a picture and puts the main one on a side. An aligned crop is used as it is.
   * @throws StudioError `no-face`
   */
  choosePhoto(
    { slot, id, name, add, drop }: Extract<WorkerCommand, { type: 'choose-photo' }>,
    decoded: Promise<RgbImage>,
  ): Promise<void> {
    const find = async (): Promise<ChosenPicture> => {
      const image = await decoded;
      if (isAligned(image)) return chosenCrop({ id, name, origin: 'aligned' }, image.data);
      const faces = await findFaces(image, await this.tools().networks());
      if (!faces[0]) throw noFace(image, name);
      return chosenFace({ id, name, origin: 'photo' }, { image, faces }, 0);
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

  /** Reads all faces again, after the head or the backbone has changed. */
  refresh(): Promise<void> {
    this.stopSweep();
    this.#verification.forgetReadings();
    return this.#read(this.#verification.slots);
  }

  /**
   * Degrades one picture of a side in every kind, and posts the comparisons.
   * @throws StudioError `bad-config` without two sides
   */
  async sweep(slot: FaceSlot, id: string): Promise<void> {
    const signal = this.#sweep.begin();
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
        // On wasm nothing else lets the worker handle a message.
        await yieldToMessages();
      };
      const kinds = await this.#verification.sweep(slot, id, KINDS, SWEEP_LEVELS, {
        backbone,
        trained,
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
    this.#sweep.stop();
  }

  async #read(slots: readonly FaceSlot[]): Promise<void> {
    const { backbone, trained } = this.tools();
    for (const slot of slots) {
      this.post({ type: 'face-busy', slot, busy: true });
      try {
        this.post({
          type: 'side',
          slot,
          faces: await this.#verification.read(slot, backbone, trained),
        });
      } finally {
        this.post({ type: 'face-busy', slot, busy: false });
      }
    }
    this.post({ type: 'pair', pair: this.#verification.pair(trained) });
  }
}
