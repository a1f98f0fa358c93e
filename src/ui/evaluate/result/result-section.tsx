import { Box, Text } from '@mantine/core';
import { useStudio } from '../../shell/use-studio';
import { Section } from '../../components/section';
import { FEW_MEANING } from '../../../evaluation/statistics/rule-of-thirty';
import { exampleFigure, exampleRows } from './example-rows';
import { HeatTable } from './heat-table';
import { Result } from './result';

/** The result of the last evaluation, or an example of what one looks like. */
export function ResultSection() {
  const result = useStudio((state) => state.evaluation);
  return (
    <Section title="Result" testId="evaluation-result">
      <div aria-live="polite">
        {result ? (
          // Another result begins with its own figure and protocol.
          <Result key={`${result.data} ${result.seed}`} result={result} />
        ) : (
          <Example />
        )}
      </div>
    </Section>
  );
}

/** Something that was measured, in the shape of a result. */
const Example = () => (
  <>
    <Text c="dimmed" maw="62ch" mb="md">
      Nothing has been evaluated yet. An example of what you will see: {exampleFigure.title} on LFW,
      by the heads for photographs that come with the studio. SCF and PFE-G are two methods that
      know how sure they are; cosine isn’t one. {FEW_MEANING}
    </Text>
    <Box opacity={0.4} role="img" aria-label="An example of a result: methods and protocols">
      <div inert>
        <HeatTable rows={exampleRows} figure={exampleFigure} />
      </div>
    </Box>
  </>
);
