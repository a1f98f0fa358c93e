import { describe, expect, it } from 'vitest';
import type { FaceMapPart } from '../../../training/data/map/face-map';
import { faceMapReducer } from './face-map-slice';
import { mapLayout, nearestPicture } from './map-layout';
import { nextOnMap, personOnMap } from './map-people';

/** A part of pictures from an index on, each at (index, label), of these people. */
const partOf = (from: number, labels: readonly number[], more: Partial<FaceMapPart> = {}) => ({
  from,
  positions: Float32Array.from(labels.flatMap((label, at) => [from + at, label])),
  labels: Int32Array.from(labels),
  places: Int32Array.from(labels, (_, at) => from + at + 1),
  thumbnails: { indices: new Int32Array(), pixels: new Uint8ClampedArray() },
  ...{ fitted: 10, share: 0.3, seen: from + labels.length, centres: null },
  ...more,
});

describe('the map of a run on the page', () => {
  it('grows by parts, and begins anew with another fit, keeping its faces', () => {
    const pixels = new Uint8ClampedArray(8).fill(7);
    const first = faceMapReducer(
      partOf(0, [1, 2], { thumbnails: { indices: Int32Array.of(0, 1), pixels } }),
      null,
    );
    const grown = faceMapReducer(partOf(2, [1]), first)!;
    expect([...grown.labels]).toEqual([1, 2, 1]);
    expect([...grown.positions]).toEqual([0, 1, 1, 2, 2, 1]);
    expect([...grown.places]).toEqual([1, 2, 3]);
    const again = faceMapReducer(partOf(0, [1, 2, 1, 3]), grown)!;
    expect([...again.labels]).toEqual([1, 2, 1, 3]);
    expect([...again.thumbnails].map(([at, { length }]) => [at, length])).toEqual([
      [0, 4],
      [1, 4],
    ]);
  });

  it('leaves out a part that doesn’t follow, as a tab gets that began in the middle', () => {
    expect(faceMapReducer(partOf(5, [1]), null)).toBeNull();
    const begun = faceMapReducer(partOf(0, [1]), null);
    expect(faceMapReducer(partOf(5, [1]), begun)).toBe(begun);
  });

  it('has its class centres once they come', () => {
    const centres = { labels: Int32Array.of(4, 9), positions: Float32Array.of(1, 2, 3, 4) };
    const map = faceMapReducer(partOf(0, [4, 9], { centres }), null)!;
    expect([...map.centres!]).toEqual([
      [4, [1, 2]],
      [9, [3, 4]],
    ]);
  });
});

describe('a map on a canvas', () => {
  const map = faceMapReducer(partOf(0, [0, 1, 0, 2]), null)!;

  it('has one scale for both axes, stands within the canvas, and finds what is pointed at', () => {
    const { points } = mapLayout(map, 400, 200);
    const xs = [...points].filter((_, i) => i % 2 === 0);
    const ys = [...points].filter((_, i) => i % 2 === 1);
    expect(Math.min(...xs, ...ys)).toBeGreaterThan(0);
    expect(Math.max(...ys)).toBeLessThan(200);
    expect(xs[1]! - xs[0]!).toBeCloseTo(ys[0]! - ys[1]!, 3);
    expect(nearestPicture(points, xs[3]! + 2, ys[3]!, 10)).toBe(3);
    expect(nearestPicture(points, xs[3]! + 40, ys[3]! - 40, 10)).toBeNull();
  });

  it('draws a single picture in its middle', () => {
    const { points } = mapLayout(faceMapReducer(partOf(0, [0]), null)!, 300, 100);
    expect([...points]).toEqual([150, 50]);
  });

  it('is walked through by arrow keys: people across, pictures of one up and down', () => {
    expect(personOnMap(map, 0)).toEqual({ label: 0, mates: [0, 2] });
    expect([null, 0, 1, 3].map((at) => nextOnMap(map, at, 'ArrowRight'))).toEqual([0, 1, 3, 0]);
    expect(nextOnMap(map, 0, 'ArrowLeft')).toBe(3);
    expect([0, 2].map((at) => nextOnMap(map, at, 'ArrowDown'))).toEqual([2, 0]);
    expect(nextOnMap(map, 0, 'a')).toBeNull();
  });
});
