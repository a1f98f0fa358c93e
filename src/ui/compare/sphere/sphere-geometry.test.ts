import { describe, expect, it } from 'vitest';
import {
  arcBetween,
  capPart,
  circleAround,
  directionsApart,
  dot,
  splitLine,
  turned,
  type Outline,
  type Vector3,
} from './sphere-geometry';

const degrees = (angle: number) => (angle * 180) / Math.PI;
const angleOf = (a: Vector3, b: Vector3) => degrees(Math.acos(dot(a, b)));
/** The area of a polygon. */
const areaOf = (outline: Outline) =>
  Math.abs(
    outline.reduce((sum, [x, y], i) => {
      const [nextX, nextY] = outline[(i + 1) % outline.length]!;
      return sum + (x * nextY - nextX * y) / 2;
    }, 0),
  );
const radians = (angle: number) => (angle * Math.PI) / 180;

describe('the sphere', () => {
  it.each([0, 16, 43, 90, 120, 180])('has two directions exactly %s° apart', (angle) => {
    const [a, b] = directionsApart(radians(angle));
    expect(angleOf(a, b)).toBeCloseTo(angle, 5);
    expect(Math.hypot(...a)).toBeCloseTo(1, 12);
  });

  it('keeps every angle when it is turned', () => {
    const [a, b] = directionsApart(1).map((point) => turned(point, { yaw: 0.7, pitch: -0.4 }));
    expect(dot(a!, b!)).toBeCloseTo(Math.cos(1), 12);
  });

  it('turns to the right and towards the eye', () => {
    expect(turned([0, 0, 1], { yaw: 0.5, pitch: 0 })[0]).toBeGreaterThan(0);
    expect(turned([0, 1, 0], { yaw: 0, pitch: 0.5 })[2]).toBeGreaterThan(0);
  });

  it('has caps of exactly the angle asked for', () => {
    const [centre] = directionsApart(0.8);
    for (const point of circleAround(centre, radians(32)))
      expect(angleOf(centre, point)).toBeCloseTo(32, 9);
  });
});

describe('a cap', () => {
  it('that faces the eye is a disc of the sine of its angle', () => {
    const { area, edges } = capPart([0, 0, 1], radians(30), 'front');
    expect(areaOf(area)).toBeCloseTo(Math.PI * 0.25, 2);
    expect(edges).toHaveLength(1);
    expect(capPart([0, 0, 1], radians(30), 'back')).toEqual({ area: [], edges: [] });
  });

  it('at the edge of the sphere is half in front and half behind', () => {
    const front = capPart([1, 0, 0], radians(40), 'front');
    const back = capPart([1, 0, 0], radians(40), 'back');
    expect(areaOf(front.area)).toBeCloseTo(areaOf(back.area), 3);
    // Half of the cap's disc is seen edge-on; the rest is the segment of the sphere's outline.
    const segment = radians(40) - Math.sin(radians(80)) / 2;
    expect(areaOf(front.area)).toBeCloseTo(segment, 2);
    for (const [x, y] of front.area) expect(Math.hypot(x, y)).toBeLessThan(1 + 1e-9);
  });

  it('never leaves the sphere’s outline, however it is turned', () => {
    for (let yaw = 0; yaw < 6.3; yaw += 0.3)
      for (const radius of [5, 32, 65, 89]) {
        const centre = turned(directionsApart(1)[0], { yaw, pitch: 0.3 });
        const parts = (['front', 'back'] as const).map((side) =>
          capPart(centre, radians(radius), side),
        );
        for (const { area } of parts)
          for (const [x, y] of area) expect(Math.hypot(x, y)).toBeLessThan(1 + 1e-9);
        // Seen from both sides at once, front less back is the cap's own disc, foreshortened.
        const [front, back] = parts.map(({ area }) => areaOf(area));
        const disc = Math.PI * Math.sin(radians(radius)) ** 2 * centre[2];
        expect(front! - back!).toBeCloseTo(disc, 1);
      }
  });
});

describe('a line on the sphere', () => {
  it('reaches from one direction to the other, and is split where it goes behind', () => {
    const line = arcBetween([1, 0, 0.0], [0, 0, -1]);
    expect(line[0]).toEqual([1, 0, 0]);
    expect(line.at(-1)![2]).toBeCloseTo(-1, 12);
    const { front, back } = splitLine(arcBetween([0, 0, 1], [Math.sin(2), 0, Math.cos(2)]));
    expect([front.length, back.length]).toEqual([1, 1]);
    expect(front[0]!.at(-1)).toEqual(back[0]![0]);
    expect(front[0]!.at(-1)![0]).toBeCloseTo(1, 6);
  });
});
