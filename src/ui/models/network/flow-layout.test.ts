import { describe, expect, it } from 'vitest';
import { flowWords, type Flow, type FlowBlock } from './flow';
import { layoutOf } from './flow-layout';
import { stoppedFlow } from './network-flows';

const maps: FlowBlock = {
  look: 'maps',
  title: '7 × 7 × 512',
  lines: ['9 convolutions', '2 residual units', '17 operations in all'],
  size: 0.2,
  plates: 5,
};
const end = (look: 'direction' | 'confidence'): FlowBlock => ({
  look,
  title: look,
  lines: ['a line'],
  size: 0.5,
});
const flow: Flow = {
  line: [{ look: 'picture', title: '112 × 112', lines: [], size: 1 }, maps, maps, maps, maps],
  ends: [end('direction'), end('confidence')],
};

describe.each([1600, 1040, 834, 700, 358, 240])('in %d pixels', (width) => {
  const { placed, height, paths } = layoutOf(flow, width);

  it('every block lies within the drawing', () => {
    for (const { x, y, halfWidth, halfHeight } of placed) {
      expect(x - halfWidth).toBeGreaterThanOrEqual(0);
      expect(x + halfWidth).toBeLessThanOrEqual(width);
      expect(y - halfHeight).toBeGreaterThanOrEqual(0);
      expect(y + halfHeight).toBeLessThanOrEqual(height);
    }
  });

  it('every block but the first is led to, and none covers another', () => {
    expect(paths).toHaveLength(placed.length - 1);
    for (const [i, a] of placed.entries())
      for (const b of placed.slice(i + 1))
        expect(
          Math.abs(a.x - b.x) >= a.halfWidth + b.halfWidth ||
            Math.abs(a.y - b.y) >= a.halfHeight + b.halfHeight,
        ).toBe(true);
  });

  it('words stand beside each other without touching, or below each other', () => {
    const line = placed.slice(0, flow.line.length);
    const isAcross = line.every(({ y }) => y === line[0]!.y);
    const gaps = line
      .slice(1)
      .map(({ words }, i) => (isAcross ? words.x - line[i]!.words.x : words.y - line[i]!.words.y));
    // "17 operations in all" takes about 112 pixels; three lines and a title take 72.
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(isAcross ? 118 : 54);
  });
});

it('a graph that stopped is told to its end', () => {
  const at = { operator: 'DeformConv', name: 'n7', index: 7, operations: 9 };
  expect(flowWords(stoppedFlow(at))).toEqual([
    'Picture',
    '7 operations, understood',
    'DeformConv, “n7”, operation 8 of 9',
    '1 more, not reached',
  ]);
  expect(flowWords(stoppedFlow({ ...at, index: 0, operations: 1 }))).toHaveLength(2);
});
