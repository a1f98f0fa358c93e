import { Box, Stack, Text } from '@mantine/core';
import { lazy, Suspense } from 'react';
import { methodTitles } from '../../confidence/methods';
import { oneIn } from '../../core/number-words';
import { shareBelow } from '../../evaluation/distribution';
import { percent } from '../components/format';
import { digitsOf, verdictOn, type HeldScore } from './verdict/verdict';

const HEIGHT = 240;
/** Of title, description and legend around the plot, about, in pixels. */
const FRAME = 84;

// The chart library comes after the first comparison has been painted.
const DistributionChart = lazy(async () => {
  const module = await import('../charts/kit/distribution-chart');
  return { default: module.DistributionChart };
});

/** A score among genuine and impostor pairs, with the threshold of a FAR. */
export function Distribution({ held, far }: { held: HeldScore; far: number | null }) {
  const { method, among, score } = held;
  const verdict = far === null ? null : verdictOn(held, far);
  const isCosine = method === 'cosine';
  const title = isCosine ? methodTitles.cosine : `${methodTitles[method]} score`;
  const digits = digitsOf(method);
  return (
    <Stack gap={4}>
      <Suspense fallback={<Box h={HEIGHT + FRAME} />}>
        <DistributionChart
          title={title}
          description="Scores of pairs whose truth is known, and this pair among them."
          x={{
            title: isCosine ? 'cos θ of a pair' : 'score of a pair',
            name: 'score',
            inFull: (value) => value.toFixed(digits),
          }}
          genuine={among.genuine}
          impostor={among.impostor}
          threshold={
            verdict && far !== null
              ? { at: verdict.point.threshold, label: `threshold, FAR ${oneIn(far)}` }
              : undefined
          }
          markers={[{ at: score, label: 'this pair' }]}
          height={HEIGHT}
        />
      </Suspense>
      <Text size="sm">
        This pair is above {shareText(shareBelow(among.impostor, score))} of the pairs of two people
        and {shareText(shareBelow(among.genuine, score))} of the pairs of one.
      </Text>
    </Stack>
  );
}

/** A share in percent that is rounded to neither none nor all. */
function shareText(share: number): string {
  if (share > 0 && share < 0.0005) return 'less than 0.1 %';
  if (share < 1 && share >= 0.9995) return 'more than 99.9 %';
  return percent(share);
}
