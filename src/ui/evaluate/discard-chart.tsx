import { Group, SegmentedControl, Select, Stack, Text } from '@mantine/core';
import { useMemo, useState } from 'react';
import { methodNames, type MethodName } from '../../confidence/confidence-method';
import { methodTitles } from '../../confidence/methods';
import { qualityStyles } from '../../evaluation/curve-styles';
import { discardCurves } from '../../evaluation/discard/discard-curves';
import {
  discardPresets,
  type DiscardPreset,
  type DiscardReport,
} from '../../evaluation/discard/discard-report';
import {
  DETECTION_NOTE,
  FIRST_DRAW_NOTE,
  normSentence,
} from '../../evaluation/discard/pair-qualities';
import { SHARE, sharesFromZero } from '../charts/axis-ends';
import { ChartCard } from '../charts/chart-card';
import { Plot } from '../charts/plot';
import type { PlotData, PlotLayout } from '../charts/plot-layout';
import { count, percent } from '../components/format';
import { DiscardTable } from './discard-table';
import { themeColour } from './theme-colour';

const TITLE = 'Error against the share discarded, lowest quality first';
const HEIGHT = 240;

/**
 * FNMR of what is left as the pairs of lowest quality are discarded, for every quality.
 * `draws`: how often the degradations were drawn.
 */
export function DiscardChart({ report, draws }: { report: DiscardReport; draws: number }) {
  const { methods, qualities, leftOut, norm, chanceOrders } = report;
  const known = methodNames.filter((name) => methods[name]);
  const [chosen, setMethod] = useState<MethodName>('cosine');
  const [preset, setPreset] = useState<DiscardPreset>('2303.13294');
  const [fmr, setFmr] = useState<number>(1e-2);
  const method = known.includes(chosen) ? chosen : known[0];
  const found = method === undefined ? undefined : methods[method];
  const shown = useMemo(
    () => (found ? discardCurves(found, preset, fmr) : null),
    [found, preset, fmr],
  );
  const styles = useMemo(
    () => qualityStyles(qualities).map(({ hue, dash }) => ({ colour: themeColour(hue), dash })),
    [qualities],
  );
  const [layout, data] = useMemo((): [PlotLayout, PlotData] => {
    const curves = shown?.curves ?? [];
    return [
      {
        x: {
          name: 'discarded',
          title: shown?.abscissa,
          ends: () => SHARE,
          tick: (share) => `${Math.round(100 * share)} %`,
          inFull: percent,
        },
        y: {
          name: 'FNMR',
          title: 'FNMR',
          size: 52,
          bounds: SHARE,
          ends: sharesFromZero,
          tick: (share) => `${+(100 * share).toPrecision(3)} %`,
          inFull: (share) => percent(share, 2),
        },
        series: curves.map(({ quality }) => ({
          ...styles[qualities.findIndex(({ name }) => name === quality)]!,
          name: quality,
          kind: 'line' as const,
          width: 1.8,
          isStepped: preset === '2303.13294',
          gap: () => 'not measurable',
        })),
      },
      [shown?.discarded ?? [], ...curves.map(({ fnmr: rates }) => rates)],
    ];
  }, [shown, styles, qualities, preset]);
  if (!found || !shown) return null;
  const isDetected = qualities.some(({ kind }) => kind === 'detector' || kind === 'size');
  return (
    <Stack gap={4}>
      <ChartCard title={TITLE} height={HEIGHT} legend={layout.series}>
        <Plot label={TITLE} layout={layout} data={data} height={HEIGHT} />
      </ChartCard>
      <Group gap="xs">
        <SegmentedControl
          size="xs"
          aria-label="Preset"
          value={preset}
          onChange={(value) => setPreset(value as DiscardPreset)}
          data={[...discardPresets]}
        />
        <Select
          size="xs"
          aria-label="Scores by"
          w={150}
          allowDeselect={false}
          data={known.map((name) => ({ value: name, label: `by ${methodTitles[name]}` }))}
          value={method}
          onChange={(value) => setMethod(value as MethodName)}
        />
        {preset === 'cr-fiqa' && (
          <SegmentedControl
            size="xs"
            aria-label="FMR"
            value={String(fmr)}
            onChange={(value) => setFmr(Number(value))}
            data={found['cr-fiqa'].reach.map(({ fmr: rate }) => ({
              value: String(rate),
              label: `FMR ${rate.toExponential()}`,
            }))}
          />
        )}
      </Group>
      <Text size="xs" c="dimmed">
        {shown.sentence}
      </Text>
      <DiscardTable shown={shown} />
      <Text size="xs" c="dimmed" data-testid="quality-notes">
        {normSentence(norm)}. Chance is the mean of {count(chanceOrders)} random orders.{' '}
        {isDetected && DETECTION_NOTE} {draws > 1 && FIRST_DRAW_NOTE}
        {leftOut.map(({ name, reason }) => ` No row for ${name}: it ${reason}.`)}
      </Text>
    </Stack>
  );
}
