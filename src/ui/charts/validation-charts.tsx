import { memo, useMemo } from 'react';
import { bestConfidence, confidenceName } from '../../confidence/best-confidence';
import { themeColour } from './theme-colour';
import { shortNumber } from '../../core/short-number';
import type { ValidationResult } from '../../training/session/run-events';
import { SHARE } from './axis-ends';
import type { Curve } from './kit/curve';
import { ScatterChart, type ScatterChartProps } from './kit/scatter-chart';

/** Points of the curve of the best confidence. */
const CURVE_POINTS = 80;
/** The curve rises without bound towards cos θ = 1, and is drawn up to here. */
const HIGHEST_COSINE = 0.97;
const COSINE: readonly [number, number] = [-1, 1];

/** What the scatters of a validation share; all of it may be left out. */
export type ScatterUse = Pick<
  ScatterChartProps,
  'highlighted' | 'textOf' | 'onOpen' | 'onHover' | 'height'
>;

interface KappaScatterProps extends ScatterUse {
  readonly result: ValidationResult;
  /** Of the embedding. */
  readonly dimension: number;
}

/**
 * Confidence in pictures of unseen people against cos θ to their own class centre, with the
 * confidence that the objective would choose. Indices are of the validation's pictures.
 */
export const KappaScatter = memo(function KappaScatter(props: KappaScatterProps) {
  const { result, dimension, ...use } = props;
  const { method, objective, cosTheta, kappa } = result;
  const name = confidenceName(method);
  const points = useMemo(
    () => ({ name: 'a picture', colour: 'var(--scf-confidence)', x: cosTheta, y: kappa }),
    [cosTheta, kappa],
  );
  const curves = useMemo((): readonly Curve[] => {
    const best = bestConfidence(method, objective, dimension);
    const highest = Math.min(HIGHEST_COSINE, highestOf(cosTheta));
    if (!best || highest <= 0) return [];
    const x = Array.from({ length: CURVE_POINTS }, (_, i) => (highest * (i + 1)) / CURVE_POINTS);
    const line = { name: best.name, colour: themeColour('red'), dash: '5 3', isCutOff: true };
    return [{ ...line, x, y: x.map(best.at) }];
  }, [method, objective, dimension, cosTheta]);
  return (
    <ScatterChart
      title={`${name} against cos θ, people not trained on`}
      description={
        curves.length > 0
          ? `Each dot is a picture. On the line, ${name} is as large as it should be.`
          : 'Each dot is a picture.'
      }
      x={{
        title: 'cos θ to the person’s own centre',
        name: 'cos θ',
        bounds: COSINE,
        ends: (least) => [Math.floor(10 * Math.min(0, least)) / 10, 1],
        inFull: (value) => value.toFixed(3),
      }}
      y={confidenceAxis(name)}
      points={points}
      curves={curves}
      {...use}
    />
  );
});

/** κ against the true degradation of the picture, which is known of synthetic faces only. */
export const SeverityScatter = memo(function SeverityScatter({
  result: { method, severity, kappa },
  ...use
}: { readonly result: ValidationResult } & ScatterUse) {
  const name = confidenceName(method);
  const points = useMemo(
    () => ({ name: 'a picture', colour: 'var(--scf-confidence)', x: severity, y: kappa }),
    [severity, kappa],
  );
  if (!severity.some(Number.isFinite)) return null;
  return (
    <ScatterChart
      title={`${name} against true degradation`}
      description={`Each dot is a picture. ${name} should fall as the picture gets worse.`}
      x={{
        title: 'severity: 0 as it was made, 1 worst',
        name: 'severity',
        bounds: SHARE,
        ends: () => SHARE,
        inFull: (value) => value.toFixed(2),
      }}
      y={confidenceAxis(name)}
      points={points}
      {...use}
    />
  );
});

const confidenceAxis = (name: string): ScatterChartProps['y'] => ({
  title: name,
  tick: shortNumber,
  inFull: (value) => shortNumber(value, 4),
  bounds: [0, Infinity],
  ends: (_, most) => [0, roundedUp(most)],
});

function highestOf(values: ArrayLike<number>): number {
  let highest = -Infinity;
  for (let i = 0; i < values.length; i++) if (values[i]! > highest) highest = values[i]!;
  return highest;
}

/** Rounds up to two figures, and to 1 at least. */
function roundedUp(value: number): number {
  const unit = 10 ** (Math.floor(Math.log10(Math.max(1, value))) - 1);
  return Math.ceil(Math.max(1, value) / unit) * unit;
}
