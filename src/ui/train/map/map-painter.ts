import type { FaceMapState } from './face-map-slice';
import { mapLayout, type MapLayout } from './map-layout';
import { thumbnailOf } from './map-thumbnail';
import { addMark, colourOf, marksOf, strengthOf, type PersonMark } from './map-marks';

/** Milliseconds in which a picture moves to its place, and lines grow to a class centre. */
const MOVE_TIME = 900;
const SETTLE_TIME = 1600;
/** Milliseconds for which pictures stay gathered, and how far they go towards their centre. */
const GATHERED_TIME = 900;
const GATHERED = 0.8;
/** Sides of a thumbnail in CSS pixels: at rest, and when it has just come. */
const AT_REST = 20;
const NEW = 58;
const DOT = 2.4;

/** What a map is painted with besides its pictures. */
export interface MapLook {
  readonly isDark: boolean;
  /** Nothing moves: every picture stands where it belongs at once. */
  readonly isStill: boolean;
  /** The picture that is pointed at, by index; null for none. */
  readonly pointed: number | null;
}

/** Paints a map of faces on a canvas, and moves its pictures until they stand where they belong. */
export class MapPainter {
  readonly #context: CanvasRenderingContext2D;
  /** All thumbnails, as canvases of their own: the browser keeps them on the GPU. */
  readonly #thumbnails = new Map<number, HTMLCanvasElement>();
  #map: FaceMapState | null = null;
  #layout: MapLayout = { points: new Float32Array(), centres: new Map() };
  /** [2 · pictures]: where each was when it began to move. */
  #from = new Float32Array();
  /** When each began to move, and when each came. */
  #movedAt: number[] = [];
  #cameAt: number[] = [];
  #settledAt = Infinity;
  /** When people's pictures began to gather. */
  #gatheredAt = -Infinity;
  #marks: ReadonlyMap<number, PersonMark> = new Map();
  #look: MapLook = { isDark: false, isStill: false, pointed: null };
  #size = { width: 0, height: 0, ratio: 1 };
  #frame = 0;

  constructor(readonly canvas: HTMLCanvasElement) {
    this.#context = canvas.getContext('2d')!;
  }

  /** Where the pictures stand, or are on their way to, in CSS pixels. */
  get points(): Float32Array {
    return this.#layout.points;
  }

  /**
   * Shows a map, or the same one grown.
   * @param thumbnails square RGBA pictures by index in the map
   */
  show(map: FaceMapState, thumbnails: FaceMapState['thumbnails']): void {
    // A map of other pictures begins anew.
    if (map.labels.length < this.#cameAt.length) this.#forget();
    this.#map = map;
    this.#marks = marksOf(map.labels);
    for (const [index, pixels] of thumbnails)
      if (!this.#thumbnails.has(index)) this.#thumbnails.set(index, thumbnailOf(pixels));
    this.#place();
  }

  #forget(): void {
    this.#thumbnails.clear();
    this.#layout = { points: new Float32Array(), centres: new Map() };
    this.#from = new Float32Array();
    this.#movedAt = [];
    this.#cameAt = [];
  }

  /** @param width in CSS pixels */
  resize(width: number, height: number): void {
    const ratio = Math.min(2, window.devicePixelRatio);
    this.#size = { width, height, ratio };
    this.canvas.width = Math.round(width * ratio);
    this.canvas.height = Math.round(height * ratio);
    this.#place();
  }

  /** Moves each person's pictures towards their centre and back; nothing before it is known. */
  gather(): void {
    this.#gatheredAt = performance.now();
    this.#paintSoon();
  }

  look(look: MapLook): void {
    this.#look = look;
    this.#paintSoon();
  }

  stop(): void {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
  }

  #place(): void {
    if (!this.#map || this.#size.width === 0) return;
    const now = performance.now();
    const { width, height } = this.#size;
    const before = { ...this.#layout, count: this.#cameAt.length };
    const next = mapLayout(this.#map, width, height);
    const count = next.points.length / 2;
    const from = new Float32Array(2 * count);
    for (let at = 0; at < count; at++) {
      const isNew = at >= before.count;
      const isPlaced =
        !isNew &&
        Math.abs(next.points[2 * at]! - before.points[2 * at]!) < 0.5 &&
        Math.abs(next.points[2 * at + 1]! - before.points[2 * at + 1]!) < 0.5;
      if (isPlaced) {
        from.set(this.#from.subarray(2 * at, 2 * at + 2), 2 * at);
        continue;
      }
      // A new face comes from the middle of the map: nothing is known of it yet.
      from.set(isNew ? [width / 2, height / 2] : this.#placeOf(at, now), 2 * at);
      this.#movedAt[at] = now;
      if (isNew) this.#cameAt[at] = now;
    }
    this.#movedAt.length = count;
    this.#cameAt.length = count;
    if (next.centres.size === 0) this.#settledAt = Infinity;
    else if (before.centres.size === 0) {
      this.#settledAt = now + MOVE_TIME / 2;
      this.#gatheredAt = this.#settledAt;
    }
    this.#layout = next;
    this.#from = from;
    this.#paintSoon();
  }

  /** Where a picture is at a time. */
  #placeOf(at: number, now: number): [number, number] {
    const { points } = this.#layout;
    const share = this.#share(this.#movedAt[at]!, now, MOVE_TIME);
    const between = (i: number) => this.#from[i]! + (points[i]! - this.#from[i]!) * share;
    const [x, y] = [between(2 * at), between(2 * at + 1)];
    const pull = this.#pull(now);
    const centre = pull > 0 && this.#layout.centres.get(this.#map!.labels[at]!);
    return centre ? [x + (centre[0] - x) * pull, y + (centre[1] - y) * pull] : [x, y];
  }

  /** How much of the way to their centre pictures have gone, while they gather and go back. */
  #pull(now: number): number {
    if (this.#look.isStill) return 0;
    const back = this.#gatheredAt + SETTLE_TIME + GATHERED_TIME;
    const there = this.#share(this.#gatheredAt, now, SETTLE_TIME);
    return GATHERED * (there - this.#share(back, now, SETTLE_TIME));
  }

  /** How far something is that began at a time, 0..1, slower towards its end. */
  #share(begun: number, now: number, time: number): number {
    if (this.#look.isStill) return Number.isFinite(begun) ? 1 : 0;
    const linear = Math.min(1, Math.max(0, (now - begun) / time));
    return 1 - (1 - linear) ** 3;
  }

  #paintSoon(): void {
    if (this.#frame === 0) this.#frame = requestAnimationFrame(() => this.#paint());
  }

  #paint(): void {
    this.#frame = 0;
    const map = this.#map;
    const { width, height, ratio } = this.#size;
    if (!map || width === 0) return;
    const now = performance.now();
    const context = this.#context;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    const places = Array.from(this.#cameAt, (_, at) => this.#placeOf(at, now));
    const person = this.#look.pointed === null ? null : map.labels[this.#look.pointed]!;
    const settled = this.#share(this.#settledAt, now, SETTLE_TIME);
    if (settled > 0) this.#paintLines(map, places, settled, person);
    this.#paintDots(map, places, person);
    this.#paintThumbnails(map, places, person, now);
    if (settled > 0) this.#paintCentres(settled, person);
    if (!this.#look.isStill && this.#isMoving(now)) this.#paintSoon();
  }

  #isMoving(now: number): boolean {
    const isSettling = Number.isFinite(this.#settledAt) && now < this.#settledAt + SETTLE_TIME;
    if (now < this.#gatheredAt + 2 * SETTLE_TIME + GATHERED_TIME) return true;
    return isSettling || this.#movedAt.some((begun) => now < begun + MOVE_TIME);
  }

  /** From each class centre towards its pictures. */
  #paintLines(
    { labels }: FaceMapState,
    places: readonly (readonly [number, number])[],
    settled: number,
    person: number | null,
  ): void {
    const context = this.#context;
    const paths = new Map<number, Path2D>();
    places.forEach(([x, y], at) => {
      const label = labels[at]!;
      const centre = this.#layout.centres.get(label);
      if (!centre) return;
      const path = paths.get(label) ?? new Path2D();
      paths.set(label, path);
      path.moveTo(x, y);
      path.lineTo(x + (centre[0] - x) * settled, y + (centre[1] - y) * settled);
    });
    for (const [label, path] of paths) {
      const usual = this.#marks.has(label) ? 0.45 : 0.15;
      context.globalAlpha = strengthOf(label, person, usual, 0.9);
      context.lineWidth = label === person ? 1.5 : 0.75;
      context.strokeStyle = this.#colour(label, person);
      context.stroke(path);
    }
  }

  #paintDots(
    { labels }: FaceMapState,
    places: readonly (readonly [number, number])[],
    person: number | null,
  ): void {
    places.forEach(([x, y], at) => {
      if (this.#thumbnails.has(at)) return;
      const label = labels[at]!;
      this.#paintMark(label, [x, y], person, label === person ? DOT + 1.2 : DOT);
    });
  }

  #paintThumbnails(
    { labels }: FaceMapState,
    places: readonly (readonly [number, number])[],
    person: number | null,
    now: number,
  ): void {
    const context = this.#context;
    // Who has a mark lies above who has none.
    const inOrder = [...this.#thumbnails.keys()].sort(
      (a, b) => Number(this.#marks.has(labels[a]!)) - Number(this.#marks.has(labels[b]!)),
    );
    for (const at of inOrder) {
      const picture = this.#thumbnails.get(at)!;
      const place = places[at];
      if (!place) continue;
      const label = labels[at]!;
      const come = this.#share(this.#cameAt[at]!, now, MOVE_TIME);
      const rest = label === person ? 1.6 * AT_REST : AT_REST;
      const side = NEW + (rest - NEW) * come;
      const [x, y] = [place[0] - side / 2, place[1] - side / 2];
      context.globalAlpha = strengthOf(label, person, 0.95, 1);
      context.drawImage(picture, x, y, side, side);
      context.lineWidth = 1.5;
      context.strokeStyle = this.#colour(label, person);
      context.strokeRect(x, y, side, side);
      if (this.#marks.has(label)) this.#paintMark(label, [x, y], person, 2 * DOT);
    }
  }

  #paintMark(
    label: number,
    place: readonly [number, number],
    person: number | null,
    radius: number,
  ): void {
    const context = this.#context;
    const mark = this.#marks.get(label);
    context.globalAlpha = strengthOf(label, person, mark ? 0.9 : 0.55, 1);
    context.fillStyle = this.#colour(label, person);
    context.beginPath();
    addMark(context, mark?.shape, place, radius);
    context.fill();
  }

  /** Who has no colour gets the text's while pointed at. */
  #colour(label: number, person: number | null): string {
    const { isDark } = this.#look;
    const mark = this.#marks.get(label);
    if (!mark && label === person) return isDark ? '#f1f3f5' : '#1a1b1e';
    return colourOf(mark, isDark);
  }

  #paintCentres(settled: number, person: number | null): void {
    const context = this.#context;
    for (const [label, [x, y]] of this.#layout.centres) {
      // Those of all would cover the faces.
      if (!this.#marks.has(label) && label !== person) continue;
      context.globalAlpha = settled * strengthOf(label, person, 0.9, 1);
      context.beginPath();
      context.arc(x, y, label === person ? 5 : 3, 0, 2 * Math.PI);
      context.fillStyle = this.#colour(label, person);
      context.fill();
      context.lineWidth = 1.5;
      context.strokeStyle = this.#look.isDark ? '#111418' : '#fbfbf9';
      context.stroke();
    }
  }
}
