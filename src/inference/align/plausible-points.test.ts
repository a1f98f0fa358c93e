import { describe, expect, it } from 'vitest';
import { problemWithPoints } from './plausible-points';
import { TEMPLATE, type Point } from '../../faces/similarity-transform';

const picture = { width: 200, height: 160 };
const at = (points: readonly Point[], scale: number, left: number, top: number) =>
  points.map(([x, y]): Point => [scale * x + left, scale * y + top]);
const face = at(TEMPLATE, 1, 40, 20);
const turned = (points: readonly Point[], angle: number) =>
  points.map(([x, y]): Point => [
    100 + Math.cos(angle) * (x - 96) - Math.sin(angle) * (y - 92),
    80 + Math.sin(angle) * (x - 96) + Math.cos(angle) * (y - 92),
  ]);
/**
 * A face seen from the side: both eyes and both mouth corners nearly in one column, the nose in
 * front of them.
 */
const profile: Point[] = [
  [90, 50],
  [93, 50],
  [112, 70],
  [92, 92],
  [94, 92],
];

describe('five points', () => {
  it.each([
    ['of a face', face],
    ['of a face of six pixels', at(TEMPLATE, 0.08, 3, 4)],
    ['of a face that leans', turned(face, 0.7)],
    ['of a face upside down', turned(face, Math.PI)],
    ['of a profile', profile],
    ['of a face that the picture cuts', at(TEMPLATE, 1, -45, 20)],
  ])('%s are accepted', (_, points) => {
    expect(problemWithPoints(points, picture)).toBeNull();
  });

  it.each([
    ['−1', TEMPLATE.map((): Point => [-1, -1]), 'are −1'],
    ['−1 in part', [...face.slice(0, 4), [-1, -1] as const], 'are −1'],
    ['equal', TEMPLATE.map((): Point => [50, 60]), 'are not five different'],
    ['equal in part', [face[0]!, face[0]!, ...face.slice(2)], 'are not five different'],
    ['not finite', [[NaN, 1] as const, ...face.slice(1)], 'are not finite numbers'],
    ['too few', face.slice(1), 'are 4, not 5'],
    ['on a line', [10, 30, 50, 70, 90].map((x): Point => [x, 20 + x / 2]), 'lie on a line'],
    ['outside', at(TEMPLATE, 1, 150, 20), 'lie outside the picture: (224, 72) in 200 × 160'],
    ['left for right', [face[1]!, face[0]!, face[2]!, face[4]!, face[3]!], 'don’t form the shape'],
    [
      'in another order',
      [face[2]!, face[4]!, face[0]!, face[1]!, face[3]!],
      'don’t form the shape',
    ],
  ])('that are %s are refused', (_, points, problem) => {
    expect(problemWithPoints(points, picture)).toContain(problem);
  });
});
