import { Stack } from '@mantine/core';
import { useMemo } from 'react';
import { mainCharts, otherCharts, validationCharts } from '../../charts/steps/chart-list';
import { StepToolbar } from '../../charts/steps/step-toolbar';
import { SeverityScatter } from '../../charts/validation-charts';
import { Section } from '../../components/section';
import { shownRunConfig } from '../../shell/studio-store';
import { useStudio } from '../../shell/use-studio';
import { RunExports } from '../end/run-exports';
import { FaceMapPanel } from '../map/face-map-panel';
import { trainStage } from '../stage';
import { FacesScatter } from './faces-scatter';
import { LiveCharts, useLiveGroup } from './live-charts';
import { More } from './more';
import { RunFigures } from './run-figures';
import { Strips } from './strips';

/** The figures of a run: three large charts, its faces, and the rest under More. */
export function RunWatch() {
  const hasSteps = useStudio((state) => state.latest !== null);
  const validation = useStudio((state) => state.validation);
  const validations = useStudio((state) => state.validations);
  const dimension = useStudio((state) => shownRunConfig(state).zDim);
  const method = useStudio((state) => shownRunConfig(state).method);
  const map = useStudio((state) => state.faceMap);
  const isPreparing = useStudio((state) => trainStage(state) === 'preparing');
  const [loss, ...spread] = useMemo(() => mainCharts([method]), [method]);
  const others = useMemo(() => otherCharts([method]), [method]);
  const [rho, ...ofValidations] = useMemo(() => validationCharts(validations), [validations]);
  const group = useLiveGroup(method);
  return (
    <Stack gap="lg">
      <RunFigures />
      {hasSteps && (
        <>
          <LiveCharts
            group={group}
            charts={rho ? [loss!, rho] : [loss!]}
            cols={{ base: 1, md: 2 }}
          />
          <StepToolbar group={group} />
        </>
      )}
      {validation && <FacesScatter result={validation} dimension={dimension} />}
      <Strips />
      {map && !isPreparing && (
        <Section title="The faces, as the network sees them">
          <FaceMapPanel map={map} canFetch />
        </Section>
      )}
      <More label="More charts and files">
        {hasSteps && (
          <LiveCharts
            group={group}
            charts={[...spread, ...ofValidations, ...others]}
            cols={{ base: 1, md: 2, xl: 3 }}
          />
        )}
        {validation && <SeverityScatter result={validation} />}
        <RunExports hasSteps={hasSteps} />
      </More>
    </Stack>
  );
}
