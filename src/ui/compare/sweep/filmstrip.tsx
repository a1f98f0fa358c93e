import { Text, Title, UnstyledButton } from '@mantine/core';
import { IconCheck, IconX } from '@tabler/icons-react';
import { lazy, Suspense, useId, useState } from 'react';
import type { KappaProfile } from '../../../evaluation/kappa-profile';
import type { SweepKind } from '../../../studio/protocol';
import { Crop } from '../../components/crop';
import { kappaText, kappaWithMark } from '../../components/kappa/kappa-words';
import { useRovingFocus } from '../../components/roving-focus';
import { MethodTerm } from '../../words/method-term';
import { Term } from '../../words/term';
import { degradationNames } from '../sides/degradations';
import { marginText } from '../verdict/margin-text';
import classes from './filmstrip.module.css';
import { flipText, sweptMargin, type SweptMethod } from './sweep-scales';

// The chart library comes once there is something to draw.
const SweepChart = lazy(async () => ({ default: (await import('./sweep-chart')).SweepChart }));

type SweepPoint = SweepKind['points'][number];

/**
 * One kind of degradation as nine pictures, from none to the worst, with κ and the verdicts below
 * each, and a chart beside them. A picture is read by pointer or arrow keys.
 */
export function Filmstrip({
  kind,
  points,
  methods,
  profile,
}: SweepKind & { methods: readonly SweptMethod[]; profile: KappaProfile | null }) {
  const [at, setAt] = useState<number | null>(null);
  const item = useRovingFocus(points.length);
  const id = useId();
  const name = degradationNames[kind];
  return (
    <section aria-labelledby={id} className={classes.kind}>
      <Title order={3} size="h4" id={id}>
        {name}
      </Title>
      <Text size="sm">{flipText(points, methods)}</Text>
      <div className={classes.beside}>
        <div className={classes.scroll}>
          <table className={classes.strip} onPointerLeave={() => setAt(null)}>
            <thead>
              <tr>
                <th scope="col" className={classes.rowName}>
                  <span className={classes.hidden}>Level</span>
                </th>
                {points.map((point, i) => {
                  const roving = item(i);
                  return (
                    <th key={point.level} scope="col" data-at={i === at || undefined}>
                      <UnstyledButton
                        {...roving}
                        onFocus={(event) => {
                          roving.onFocus(event);
                          setAt(i);
                        }}
                        onPointerEnter={() => setAt(i)}
                        className={classes.picture}
                        aria-label={pointLabel(name, point, methods, profile)}
                      >
                        <Crop pixels={point.crop} label="" drawnSide={72} />
                        {point.level.toFixed(2)}
                      </UnstyledButton>
                    </th>
                  );
                })}
              </tr>
            </thead>
            <tbody>
              <tr>
                <th scope="row" className={classes.rowName}>
                  <Term name="kappa">κ</Term>
                </th>
                {points.map(({ level, kappa }, i) => (
                  <td key={level} data-at={i === at || undefined}>
                    {kappaText(kappa)}
                  </td>
                ))}
              </tr>
              {methods.map((method) => (
                <tr key={method.method}>
                  <th scope="row" className={classes.rowName}>
                    <MethodTerm method={method.method} />
                  </th>
                  {points.map((point, i) => (
                    <td key={point.level} data-at={i === at || undefined}>
                      <Margin margin={sweptMargin(point, method)} />
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
        {methods.length > 0 && (
          <Suspense fallback={<div style={{ minHeight: 250 }} />}>
            <SweepChart name={name} points={points} methods={methods} at={at} />
          </Suspense>
        )}
      </div>
    </section>
  );
}

/** A margin with a tick or a cross, each of its own colour. */
function Margin({ margin }: { margin: number | null }) {
  if (margin === null) return '–';
  const isAccepted = margin >= 0;
  const Icon = isAccepted ? IconCheck : IconX;
  return (
    <span className={isAccepted ? classes.accepted : classes.refused}>
      {marginText(margin)}
      <Icon size={14} stroke={2.5} aria-label={isAccepted ? 'same person' : 'not the same'} />
    </span>
  );
}

function pointLabel(
  name: string,
  point: SweepPoint,
  methods: readonly SweptMethod[],
  profile: KappaProfile | null,
): string {
  const verdicts = methods.map((method) => {
    const margin = sweptMargin(point, method);
    if (margin === null) return `${method.name}: no score`;
    return `${method.name} ${marginText(margin)}, ${margin >= 0 ? 'same person' : 'not the same'}`;
  });
  const kappa = `κ ${kappaWithMark(point.kappa, profile)}`;
  return [`${name} ${point.level.toFixed(2)}: ${kappa}`, ...verdicts].join('; ');
}
