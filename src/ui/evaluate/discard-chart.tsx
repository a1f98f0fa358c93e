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
import type { Curve } from '../charts/kit/curve';
import { LineChart } from '../charts/kit/line-chart';
import { count, percent } from '../components/format';
import { DiscardTable } from './discard-table';
import { themeColour } from '../charts/theme-colour';

const TITLE = 'Error against the share discarded, lowest quality first';

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
  const curves = useMemo(
    () =>
      (shown?.curves ?? []).map(({ quality, fnmr: rates }): Curve => ({
        ...styles[qualities.findIndex(({ name }) => name === quality)]!,
        name: quality,
        x: shown!.discarded,
        y: rates,
        isStepped: preset === '2303.13294',
        gap: 'not measurable',
      })),
    [shown, styles, qualities, preset],
  );
  if (!found || !shown) return null;
  const isDetected = qualities.some(({ kind }) => kind === 'detector' || kind === 'size');
  return (
    <Stack gap={4}>
      <LineChart
        title={TITLE}
        description="The better a quality tells bad pictures, the faster its curve falls."
        x={{
          title: shown.abscissa,
          name: 'discarded',
          bounds: SHARE,
          ends: () => SHARE,
          tick: (share) => percent(share, 0),
          inFull: percent,
        }}
        y={{
          title: 'false non-match rate (FNMR)',
          name: 'FNMR',
          bounds: SHARE,
          ends: sharesFromZero,
          tick: (share) => `${+(100 * share).toPrecision(3)} %`,
          inFull: (share) => percent(share, 2),
        }}
        curves={curves}
      />
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
