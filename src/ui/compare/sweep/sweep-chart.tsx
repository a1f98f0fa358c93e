import { useMemo } from 'react';
import type { SweepKind } from '../../../studio/protocol';
import type { Curve } from '../../charts/kit/curve';
import { LineChart } from '../../charts/kit/line-chart';
import { sweptMargin, type SweptMethod } from './sweep-scales';

const LOOKS = [
  { colour: 'var(--scf-confidence)', dash: '' },
  { colour: 'var(--mantine-color-dimmed)', dash: '6 4' },
] as const;

/**
 * The margins of the methods over the levels of one kind of degradation.
 * @param at index of the level that is looked at; null for none
 */
export function SweepChart({
  name,
  points,
  methods,
  at,
}: {
  name: string;
  points: SweepKind['points'];
  methods: readonly SweptMethod[];
  at: number | null;
}) {
  const curves = useMemo(
    () =>
      methods.map((method, i): Curve => ({
        name: method.name,
        ...LOOKS[Math.min(i, LOOKS.length - 1)]!,
        x: points.map(({ level }) => level),
        y: points.map((point) => sweptMargin(point, method)),
        hasPoints: true,
      })),
    [points, methods],
  );
  const looked = at === null ? undefined : points[at];
  return (
    <LineChart
      title={`${name}: margin to the threshold`}
      height={190}
      x={{ title: name, bounds: [0, 1] }}
      y={{
        // The threshold is named here: beside its line, curves would run through the name.
        title: 'margin; 0 is the threshold',
        name: 'margin',
        // Keeps the threshold in view, however far from it the scores are.
        ends: (least, most) => [1.1 * Math.min(0, least), 1.1 * Math.max(0.2, most)],
      }}
      curves={curves}
      rules={[
        { axis: 'y', at: 0, label: '' },
        ...(looked ? [{ axis: 'x', at: looked.level, label: '' } as const] : []),
      ]}
    />
  );
}
