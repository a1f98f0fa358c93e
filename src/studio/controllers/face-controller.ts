import { LatestTask } from '../../core/latest-task';
import { isAligned } from '../../inference/align/crop-photo';
import { pristine, type DegradationLevels, type RgbImage } from '../../faces/face-record';
import { findFaces, type PhotoNetworks } from '../../inference/align/find-faces';
import { noFace } from '../../inference/locate-face';
import type { Backbone } from '../../models/backbones/backbone';
import type { FaceKind } from '../../models/heads/ready-head-list';
import { progressMeter } from '../../core/progress-meter';
import { yieldToMessages } from '../../core/yield-to-messages';
import type { FaceSlot, Sweep, WorkerCommand, WorkerEvent } from '../protocol';
import type { Task } from '../task';
import type { UsedHead } from './head-choice';
import { chosenCrop, chosenFace, Verification, type ChosenPicture } from '../runtime/verification';

/** What faces are found and read with. */
export interface FaceTools {
  readonly backbone: Backbone;
  /** The SCF head for faces of these kinds; null if there is none, and faces then have no κ. */
  readonly headFor: (kinds: ReadonlySet<FaceKind>) => Promise<UsedHead | null>;
  readonly networks: () => Promise<PhotoNetworks>;
}

/** Milliseconds without a picture to be read after which nobody is taken to wait for one. */
const QUIET_MS = 700;
/** Levels of a sweep, from none to the worst in eighths. */
const SWEEP_LEVELS = Array.from({ length: 9 }, (_, i) => i / 8);
const KINDS = Object.keys(pristine) as (keyof DegradationLevels)[];

/**
 * Changes the two sides of the verification panel, reads them again and posts the readings. All
 * readings that are on the page at a time are of one head, which the page knows.
 */
export class FaceController {
  readonly #verification = new Verification();
  /** The last pass over the pictures: passes are made one after the other. */
  #passes: Promise<void> = Promise.resolve();
  /** When the last pass ended, in milliseconds of `performance.now()`. */
  #lastPassAt = -Infinity;
  /** The pass of each side that a moving slider waits for, until it begins. */
  readonly #coming: Partial<Record<FaceSlot, Promise<void>>> = {};
  /** Passes that each side waits for. */
  readonly #waiting: Record<FaceSlot, number> = { a: 0, b: 0 };
  /** Counts the times that all faces had to be read again. */
  #round = 0;
  /** What the page's readings are of; null before the first and while they are out of date. */
  #shown: ReadWith | null = null;
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
      const faces = 'photographs' as const;
      if (isAligned(image)) return chosenCrop({ id, name, origin: 'aligned', faces }, image.data);
      const found = await findFaces(image, await this.tools().networks());
      if (!found[0]) throw noFace(image, name);
      return chosenFace({ id, name, origin: 'photo', faces }, { image, faces: found }, 0);
    };
    return this.choose(slot, find(), add, drop);
  }

  chooseFace(slot: FaceSlot, id: string, face: number): Promise<void> {
    this.stopSweep();
    this.#verification.chooseFace(slot, id, face);
    return this.#read([slot]);
  }

  remove(slot: FaceSlot, id: string): Promise<void> {
    this.stopSweep();
    this.#verification.remove(slot, id);
    return this.#read([slot]);
  }

  /** Degrades a picture. While a slider moves, what lies between two readings is never read. */
  degrade(slot: FaceSlot, id: string, levels: DegradationLevels): Promise<void> {
    this.stopSweep();
    this.#verification.degrade(slot, id, levels);
    this.#coming[slot] ??= this.#readLatest(slot);
    return this.#coming[slot];
  }

  /** Reads a side once the pass before is over and the messages that came meanwhile are handled. */
  async #readLatest(slot: FaceSlot): Promise<void> {
    await this.#passes;
    await yieldToMessages();
    delete this.#coming[slot];
    await this.#read([slot]);
  }

  /**
   * Settles once nothing waits to be read, nor has been read for a while.
   * @param since milliseconds of `performance.now()` from which on that while counts
   */
  async quiet(since: number): Promise<void> {
    for (;;) {
      await this.#passes;
      const left = Math.max(since, this.#lastPassAt) + QUIET_MS - performance.now();
      if (left <= 0) return;
      await new Promise((resolve) => setTimeout(resolve, left));
    }
  }

  /** Reads all faces again, after the head or the backbone has changed. */
  refresh(): Promise<void> {
    this.#dropReadings();
    return this.#read(this.#verification.slots);
  }

  /**
   * Degrades one picture of a side in every kind, and compares.
   * @returns null if it was stopped, or the faces changed
   * @throws StudioError `bad-config` without two sides
   */
  async sweep(slot: FaceSlot, id: string, { report }: Task): Promise<Sweep | null> {
    const signal = this.#sweep.begin();
    const progress = progressMeter(
      'scoring',
      'Degrading the picture',
      KINDS.length * SWEEP_LEVELS.length,
      'comparisons',
      report,
    );
    // A picture that was chosen just now belongs to the comparison, and may bring another head.
    await this.#passes;
    if (signal.aborted) return null;
    const { backbone } = this.tools();
    const trained = this.#shown?.head?.trained ?? null;
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
      signal.throwIfAborted();
      return { slot, id, kinds };
    } catch (thrown) {
      if (!signal.aborted) throw thrown;
      return null;
    }
  }

  stopSweep(): void {
    this.#sweep.stop();
  }

  #dropReadings(): void {
    this.#round++;
    this.#shown = null;
    this.#verification.forgetReadings();
    this.stopSweep();
  }

  /** Makes a pass after those that wait. */
  async #read(slots: readonly FaceSlot[]): Promise<void> {
    for (const slot of slots) {
      this.#waiting[slot]++;
      this.post({ type: 'face-busy', slot, busy: true });
    }
    const pass = this.#passes.then(() => this.#pass(slots));
    this.#passes = pass
      .catch(() => undefined)
      .then(() => void (this.#lastPassAt = performance.now()));
    try {
      await pass;
    } finally {
      for (const slot of slots)
        if (--this.#waiting[slot] === 0) this.post({ type: 'face-busy', slot, busy: false });
    }
  }

  /**
   * Reads what has no reading, and posts these sides. If the pictures call for another head than
   * the one that was used before, reads and posts both.
   */
  async #pass(slots: readonly FaceSlot[]): Promise<void> {
    for (;;) {
      const round = this.#round;
      const { backbone } = this.tools();
      const head = await this.#head();
      if (this.#shown && !isSame(this.#shown, { backbone, head })) this.#dropReadings();
      else if (round === this.#round && (await this.#readAndPost(slots, backbone, head))) return;
    }
  }

  /** @returns false if the head was replaced, or went away, meanwhile; nothing is then posted */
  async #readAndPost(
    slots: readonly FaceSlot[],
    backbone: Backbone,
    head: UsedHead | null,
  ): Promise<boolean> {
    const round = this.#round;
    const read = (slot: FaceSlot) => this.#verification.read(slot, backbone, head?.trained ?? null);
    const isCurrent = async () =>
      isSame({ backbone: this.tools().backbone, head: await this.#head() }, { backbone, head }) &&
      round === this.#round;
    try {
      const sides = { a: await read('a'), b: await read('b') };
      if (!(await isCurrent())) return this.#readInVain();
      const pair = this.#verification.pair(head?.trained ?? null);
      if (!this.#shown) this.post({ type: 'head', head: head?.inUse ?? null, sides, pair });
      else {
        for (const slot of slots) this.post({ type: 'side', slot, faces: sides[slot] });
        this.post({ type: 'pair', pair });
      }
      this.#shown = { backbone, head };
      return true;
    } catch (thrown) {
      // A head that was dropped while it was in use fails.
      if (await isCurrent()) throw thrown;
      return this.#readInVain();
    }
  }

  /** Forgets what was read with a head that isn't the one in use: the next pass reads it again. */
  #readInVain(): false {
    this.#verification.forgetReadings();
    return false;
  }

  #head(): Promise<UsedHead | null> {
    return this.tools().headFor(this.#verification.kinds);
  }
}

interface ReadWith {
  readonly backbone: Backbone;
  readonly head: UsedHead | null;
}

const isSame = (one: ReadWith, other: ReadWith): boolean =>
  one.backbone === other.backbone &&
  one.head?.trained.head === other.head?.trained.head &&
  one.head?.inUse.reason === other.head?.inUse.reason;
