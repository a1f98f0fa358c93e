import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../core/seeded-random';
import { Throttle } from '../../../core/throttle';
import { CROP_SIZE } from '../../../faces/face-record';
import {
  FaceMap,
  MAP_PICTURES,
  MAP_THUMBNAILS,
  THUMBNAIL_SIDE,
  type FaceMapPart,
  type MappedFace,
} from './face-map';
import { shrunk } from './shrunk';

const DIMENSION = 16;
const crop = new Uint8Array(3 * CROP_SIZE ** 2).fill(100);

/** A picture near its person's direction. */
function faceOf(label: number, place: number, seen: Uint8Array | null = crop): MappedFace {
  const person = seededRandom(label + 1);
  const picture = seededRandom(label + 1, place);
  const raw = Float32Array.from(
    { length: DIMENSION },
    () => person.normal() + 0.2 * picture.normal(),
  );
  const norm = Math.hypot(...raw);
  return { label, unit: raw.map((value) => value / norm), place, crop: seen };
}

/** A map whose clock is set by hand, and what it has sent. */
function mapOf(expected: number | null) {
  const parts: FaceMapPart[] = [];
  const clock = { now: 0 };
  const throttle = new Throttle(250, () => clock.now);
  return { parts, clock, map: new FaceMap(expected, (part) => parts.push(part), throttle) };
}

describe('the map of embeddings', () => {
  it('sends parts a few times a second, each after the last or from the beginning', () => {
    const { parts, clock, map } = mapOf(200);
    for (let at = 0; at < 200; at++) {
      map.add(faceOf(at % 5, at + 1));
      clock.now += 25;
    }
    expect(parts.length).toBeGreaterThan(5);
    expect(parts.length).toBeLessThan(24);
    let count = 0;
    for (const { from, labels, positions, places } of parts) {
      expect([0, count]).toContain(from);
      expect(positions).toHaveLength(2 * labels.length);
      expect(places[0]).toBe(from + 1);
      count = from + labels.length;
    }
  });

  it('puts pictures of one person near each other, and near their class centre', () => {
    const { parts, map } = mapOf(300);
    const faces = Array.from({ length: 300 }, (_, at) => faceOf(at % 3, at + 1));
    for (const face of faces) map.add(face);
    const centreOf = (label: number) => {
      const sum = new Float32Array(DIMENSION);
      for (const { unit } of faces.filter((face) => face.label === label))
        unit.forEach((value, i) => (sum[i]! += value));
      const norm = Math.hypot(...sum);
      return sum.map((value) => value / norm);
    };
    map.finish(centreOf);
    const { positions, labels, centres, fitted, seen, from } = parts.at(-1)!;
    expect([from, fitted, seen]).toEqual([0, 300, 300]);
    expect([...centres!.labels]).toEqual([0, 1, 2]);
    const distance = (at: number, to: number) =>
      Math.hypot(
        positions[2 * at]! - centres!.positions[2 * to]!,
        positions[2 * at + 1]! - centres!.positions[2 * to + 1]!,
      );
    labels.forEach((label, at) => {
      for (const other of [0, 1, 2])
        if (other !== label) expect(distance(at, label)).toBeLessThan(distance(at, other));
    });
  });

  it('shows the first of many pictures, with a sample of thumbnails, and counts them all', () => {
    const { parts, map } = mapOf(6000);
    for (let at = 0; at < MAP_PICTURES + 500; at++) map.add(faceOf(at % 50, at + 1));
    map.finish(() => undefined);
    const last = parts.at(-1)!;
    expect(last.from + last.labels.length).toBe(MAP_PICTURES);
    expect([last.seen, last.fitted, last.centres!.labels.length]).toEqual([
      MAP_PICTURES + 500,
      1000,
      0,
    ]);
    const thumbnails = parts.flatMap((part) => [...part.thumbnails.indices]);
    expect(thumbnails.length).toBeLessThanOrEqual(MAP_THUMBNAILS);
    expect(thumbnails.at(-1)!).toBeGreaterThan(0.9 * MAP_PICTURES);
    expect(new Set(thumbnails).size).toBe(thumbnails.length);
  });

  it('takes kept features, which have no picture, and sends nothing of fewer than two', () => {
    const { parts, map } = mapOf(2);
    map.add(faceOf(1, 1, null));
    map.finish(() => undefined);
    expect(parts).toEqual([]);
    map.add(faceOf(2, 2, null));
    map.finish(() => undefined);
    expect(
      parts.map(({ labels, thumbnails }) => [labels.length, thumbnails.indices.length]),
    ).toEqual([[2, 0]]);
  });

  it('makes a thumbnail of the mean of its pixels, mirrored if asked', () => {
    const half = new Uint8Array(3 * CROP_SIZE ** 2).map((_, i) =>
      Math.floor(i / 3) % CROP_SIZE < CROP_SIZE / 2 ? 200 : 10,
    );
    const pixels = shrunk(half, THUMBNAIL_SIDE);
    const mirrored = shrunk(half, THUMBNAIL_SIDE, true);
    const end = 4 * (THUMBNAIL_SIDE - 1);
    expect([...pixels.slice(0, 4), pixels[end]]).toEqual([200, 200, 200, 255, 10]);
    expect([mirrored[0], mirrored[end]]).toEqual([10, 200]);
  });
});
