import { mutualLikelihood } from '../confidence/scf';
import { prepareCrop } from '../faces/prepare-crop';
import { CROP_SIZE, pristine, type DegradationLevels } from '../faces/face-record';
import type { Backbone } from '../models/backbone';
import { dot } from '../models/class-centres';
import type { ConfidenceHead } from '../models/heads/confidence-head';
import { readFace, type FaceReadout } from '../training/read-face';
import type { FaceReading, FaceSlot, PairReading } from './protocol';

interface ChosenFace {
  readonly name: string;
  readonly origin: FaceReading['origin'];
  /** The crop as chosen, before the sliders. */
  readonly crop: Uint8Array;
  readonly levels: DegradationLevels;
}

/** Seeds of the sliders' noise, fixed so that a face stands still while another slider moves. */
const SEEDS: Record<FaceSlot, number> = { a: 1, b: 2 };

/** The two faces of the verification panel and what can be said of them. */
export class Verification {
  readonly #faces = new Map<FaceSlot, ChosenFace>();
  readonly #read = new Map<FaceSlot, FaceReadout>();

  choose(slot: FaceSlot, name: string, origin: FaceReading['origin'], crop: Uint8Array): void {
    this.#faces.set(slot, { name, origin, crop, levels: pristine });
  }

  degrade(slot: FaceSlot, levels: DegradationLevels): void {
    const face = this.#faces.get(slot);
    if (face) this.#faces.set(slot, { ...face, levels });
  }

  get slots(): FaceSlot[] {
    return [...this.#faces.keys()];
  }

  /** Embeds a face as it stands now. κ comes from the head, where there is one. */
  async read(slot: FaceSlot, backbone: Backbone, head: ConfidenceHead | null): Promise<FaceReading | null> {
    const face = this.#faces.get(slot);
    if (!face) return null;
    const image = { width: CROP_SIZE, height: CROP_SIZE, data: face.crop };
    const crop = prepareCrop(image, { levels: face.levels, seed: SEEDS[slot] });
    const readout = await readFace(crop, backbone, head);
    this.#read.set(slot, readout);
    const { kappa, embeddingNorm } = readout;
    return { slot, name: face.name, crop: rgbaOf(crop), levels: face.levels, kappa, embeddingNorm, origin: face.origin };
  }

  /** The comparison, once both faces have been read. */
  pair(radius: number): PairReading | null {
    const [a, b] = [this.#read.get('a'), this.#read.get('b')];
    if (!a || !b) return null;
    const cosTheta = dot(a.mu, b.mu);
    const scfScore = a.kappa !== null && b.kappa !== null ? mutualLikelihood(a.mu.length, radius, a.kappa, b.kappa, cosTheta) : null;
    return { cosTheta, scfScore };
  }
}

/** A crop for a canvas. */
export function rgbaOf(crop: Uint8Array): Uint8ClampedArray {
  const pixels = new Uint8ClampedArray((crop.length / 3) * 4).fill(255);
  for (let from = 0, to = 0; from < crop.length; from += 3, to += 4) pixels.set(crop.subarray(from, from + 3), to);
  return pixels;
}
