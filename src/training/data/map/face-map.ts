import { inPlane, principalPlane, type PrincipalPlane } from './principal-plane';
import { Throttle } from '../../../core/throttle';
import { shrunk } from './shrunk';

/** Pictures that the axes are fitted to, at most. */
const FITTED = 1000;
/** Pictures of the first fit; the next ones take twice as many each, up to {@link FITTED}. */
const FIRST_FIT = 24;
/** Pictures in a map, at most: the first of the source. */
export const MAP_PICTURES = 5000;
/** Pictures that are sent as thumbnails, at most, and the side of one in pixels. */
export const MAP_THUMBNAILS = 400;
export const THUMBNAIL_SIDE = 28;
/** Milliseconds between two parts: four a second. */
const INTERVAL = 250;

/** A picture on its way into a map. */
export interface MappedFace {
  readonly label: number;
  /** [dimension], unit length. Only read during the call. */
  readonly unit: Float32Array;
  /** Its place among the source's records, from 1. */
  readonly place: number;
  /** 112 × 112 × 3 RGB bytes; null if its features were kept, and it isn't read again. */
  readonly crop: Uint8Array | null;
}

/**
 * A part of a map of embeddings in two dimensions, which continues or replaces the parts before:
 * plain data. Arrays are parallel, one entry for each picture.
 */
export interface FaceMapPart {
  /** Index in the map of the first picture of this part; 0 begins the map anew. */
  readonly from: number;
  /** [2 · pictures]: coordinates in the plane, in lengths of an embedding. */
  readonly positions: Float32Array;
  readonly labels: Int32Array;
  /** Places among the source's records, from 1. */
  readonly places: Int32Array;
  /** Pictures as seen, of this part or of earlier ones: index in the map, and RGBA bytes. */
  readonly thumbnails: {
    readonly indices: Int32Array;
    /** [indices, 28, 28, 4] */
    readonly pixels: Uint8ClampedArray;
  };
  /** Pictures that the axes were fitted to. */
  readonly fitted: number;
  /** The share of the fitted pictures' variance that the plane holds, 0..1. */
  readonly share: number;
  /** Pictures that were embedded by now; the map may show fewer. */
  readonly seen: number;
  /** The projected class centres, once they are known: [2 · labels]. */
  readonly centres: { readonly labels: Int32Array; readonly positions: Float32Array } | null;
}

/**
 * A map of embeddings in the plane of their first two principal components, sent in parts while
 * pictures come in. The axes follow the pictures up to the thousandth, and stay from there on.
 */
export class FaceMap {
  readonly #throttle: Throttle;
  readonly #labels: number[] = [];
  readonly #places: number[] = [];
  readonly #positions: number[] = [];
  /** What the axes are fitted to. */
  readonly #fitted: Float32Array[] = [];
  readonly #stride: number;
  #thumbnails: { readonly index: number; readonly pixels: Uint8ClampedArray }[] = [];
  #thumbnailCount = 0;
  #plane: PrincipalPlane | null = null;
  #fitAt = FIRST_FIT;
  #seen = 0;
  /** Pictures that the page has. */
  #sent = 0;

  /**
   * @param expected pictures to come; null if that isn't known
   * @param post takes the parts, four a second at most
   */
  constructor(
    expected: number | null,
    readonly post: (part: FaceMapPart) => void,
    throttle = new Throttle(INTERVAL),
  ) {
    this.#throttle = throttle;
    const shown = Math.min(MAP_PICTURES, expected ?? MAP_THUMBNAILS);
    this.#stride = Math.max(1, Math.ceil(shown / MAP_THUMBNAILS));
  }

  /** Pictures in the map. */
  get count(): number {
    return this.#labels.length;
  }

  /** Whether it takes no more pictures. */
  get isFull(): boolean {
    return this.count >= MAP_PICTURES;
  }

  /** Adds a picture, and sends a part if it is time. */
  add({ label, unit, place, crop }: MappedFace): void {
    this.#seen++;
    if (this.isFull) return;
    const index = this.count;
    this.#labels.push(label);
    this.#places.push(place);
    if (this.#fitted.length < FITTED) this.#fitted.push(Float32Array.from(unit));
    else this.#positions.push(...inPlane(unit, this.#plane!));
    if (crop && index % this.#stride === 0 && this.#thumbnailCount < MAP_THUMBNAILS) {
      this.#thumbnails.push({ index, pixels: shrunk(crop, THUMBNAIL_SIDE) });
      this.#thumbnailCount++;
    }
    // From here on pictures are projected as they come: the axes must be there.
    if (this.count === FITTED) this.#fit();
    if (this.#throttle.isDue && this.count >= FIRST_FIT) this.#send(null);
  }

  /**
   * Sends what is left, with the class centres.
   * @param centreOf a person's centre, of unit length; undefined if there is none
   */
  finish(centreOf: (label: number) => Float32Array | undefined): void {
    if (this.count < 2) return;
    if (this.#fitted.length < FITTED) this.#fit();
    const plane = this.#plane!;
    const labels: number[] = [];
    const positions: number[] = [];
    for (const label of new Set(this.#labels)) {
      const centre = centreOf(label);
      if (!centre) continue;
      labels.push(label);
      positions.push(...inPlane(centre, plane));
    }
    this.#send({ labels: Int32Array.from(labels), positions: Float32Array.from(positions) });
  }

  #fit(): void {
    this.#plane = principalPlane(this.#fitted, this.#plane);
    this.#positions.length = 0;
    for (const unit of this.#fitted) this.#positions.push(...inPlane(unit, this.#plane));
    this.#sent = 0;
    this.#fitAt = 2 * this.#fitted.length;
  }

  #send(centres: FaceMapPart['centres']): void {
    this.#throttle.restart();
    const isGrowing = this.#fitted.length < FITTED;
    if (isGrowing && (!this.#plane || this.#fitted.length >= this.#fitAt)) this.#fit();
    const plane = this.#plane!;
    // Between two fits the newest pictures are projected into the plane of the last one.
    for (let at = this.#positions.length / 2; at < this.count; at++)
      this.#positions.push(...inPlane(this.#fitted[at]!, plane));
    const from = this.#sent;
    const pixels = new Uint8ClampedArray(this.#thumbnails.length * 4 * THUMBNAIL_SIDE ** 2);
    this.#thumbnails.forEach((each, at) => pixels.set(each.pixels, at * each.pixels.length));
    this.post({
      from,
      positions: Float32Array.from(this.#positions.slice(2 * from)),
      labels: Int32Array.from(this.#labels.slice(from)),
      places: Int32Array.from(this.#places.slice(from)),
      thumbnails: {
        indices: Int32Array.from(this.#thumbnails, ({ index }) => index),
        pixels,
      },
      fitted: Math.min(this.#fitted.length, FITTED),
      share: plane.share,
      seen: this.#seen,
      centres,
    });
    this.#thumbnails = [];
    this.#sent = this.count;
  }
}
