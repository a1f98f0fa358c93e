import { Group, SegmentedControl, Stack } from '@mantine/core';
import { useRef } from 'react';
import type { PairReading } from '../../studio/protocol';
import { HeadChip } from '../heads/head-chip';
import { studioStore } from '../shell/studio-store';
import { useStudio } from '../shell/use-studio';
import { HeadWarning } from '../train/head-warning';
import { CameraSection } from './camera/camera-section';
import classes from './compare.module.css';
import type { CompareMode } from './faces-slice';
import { usePaste } from './paste';
import { SaveSlideButton } from './save-slide-button';
import { NoSamples } from './sides/samples';
import { SidePanel } from './sides/side-panel';
import { TwoCaps } from './sphere/two-caps';
import { SweepSection } from './sweep/sweep-section';
import { useFirstPair } from './use-first-pair';
import { useJudgedPair } from './verdict/judged-pair';
import { Numbers } from './verdict/numbers';
import { AwaitedResult, Result } from './verdict/result';

const MODES: { value: CompareMode; label: string }[] = [
  { value: 'photos', label: 'Photos' },
  { value: 'camera', label: 'Camera' },
];

/**
 * Here a person compares two faces, two templates or a face in the camera, and sees the confidence
 * and what a score means.
 */
export function CompareView() {
  const slide = useRef<HTMLDivElement>(null);
  const mode = useStudio((state) => state.compareMode);
  const pair = useStudio((state) => state.pair);
  return (
    <div className={classes.place}>
      <Stack gap="md">
        <Group justify="space-between" gap="xs">
          <SegmentedControl
            aria-label="What to compare"
            data={MODES}
            value={mode}
            onChange={(value) => studioStore.setState({ compareMode: value as CompareMode })}
          />
          {mode === 'photos' && (
            <Group gap="xs">
              <HeadChip />
              {pair && <SaveSlideButton slide={slide} />}
            </Group>
          )}
        </Group>
        {mode === 'photos' ? <Photos slide={slide} pair={pair} /> : <CameraSection />}
      </Stack>
    </div>
  );
}

function Photos({
  slide,
  pair,
}: {
  slide: React.RefObject<HTMLDivElement | null>;
  pair: PairReading | null;
}) {
  useFirstPair();
  usePaste();
  return (
    <>
      <HeadWarning />
      <NoSamples />
      <div ref={slide} className={classes.slide}>
        <div className={classes.faces}>
          <SidePanel slot="a" />
          <TwoCaps />
          <SidePanel slot="b" />
        </div>
        {pair ? <JudgedResult pair={pair} /> : <AwaitedResult />}
      </div>
      <SweepSection />
      {pair && <JudgedNumbers pair={pair} />}
    </>
  );
}

function JudgedResult({ pair }: { pair: PairReading }) {
  return <Result pair={pair} judged={useJudgedPair(pair)} />;
}

function JudgedNumbers({ pair }: { pair: PairReading }) {
  return <Numbers pair={pair} judged={useJudgedPair(pair)} />;
}
