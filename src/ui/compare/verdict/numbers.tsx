import { Group, SimpleGrid, Stack, Text } from '@mantine/core';
import type { PairReading } from '../../../studio/protocol';
import { fixed } from '../../components/format';
import { Section } from '../../components/section';
import { useStudio } from '../../shell/use-studio';
import { Term } from '../../words/term';
import { Distribution } from '../distribution';
import { useHeadName } from '../use-reading';
import { WhenSeen } from '../when-seen';
import type { JudgedPair } from './judged-pair';
import { ScoreTable } from './score-table';
import { unmeasurableText } from './verdict';
import { ReferencePairs } from './verdict-words';

/** The numbers behind a verdict: every method's score, its reference pairs and their source. */
export function Numbers({ pair, judged }: { pair: PairReading; judged: JudgedPair }) {
  const { held, deciding, beside, far, reading } = judged;
  const head = useHeadName();
  const rest = held.filter((each) => each !== deciding && each !== beside);
  const shown = [deciding, beside, ...rest].filter((each) => each !== undefined);
  return (
    <Section title="The numbers behind it" testId="numbers">
      <Group align="flex-start" gap="xl">
        <ScoreTable scores={pair.scores} held={held} far={far} />
        <Stack gap={6} flex="1 1 320px" maw={640}>
          {deciding && reading && (
            <Text size="sm" data-testid="reference">
              Head: {head}. Thresholds and rates are measured on{' '}
              <ReferencePairs reading={reading} />{' '}
              {far !== null && unmeasurableText(deciding.among.impostor.length)} <ErrorRateNote />
            </Text>
          )}
          {pair.pooledCosTheta !== null && (
            <Text size="sm" data-testid="pooling">
              Pooled by κ, <Term name="eqn14">Eqn (14)</Term>, the templates have cos θ{' '}
              {fixed(pair.pooledCosTheta, 3)}; pooled by the plain mean of their pictures{' '}
              {fixed(pair.scores.cosine, 3)}.
            </Text>
          )}
        </Stack>
      </Group>
      <WhenSeen height={320}>
        <SimpleGrid cols={{ base: 1, md: Math.min(3, Math.max(1, shown.length)) }}>
          {shown.map((each) => (
            <Distribution key={each.method} held={each} far={far} />
          ))}
        </SimpleGrid>
      </WhenSeen>
    </Section>
  );
}

/** Says which pictures the error rates come from. */
function ErrorRateNote() {
  const hasOwnPicture = useStudio(({ faces }) =>
    [...faces.a, ...faces.b].some(({ origin }) => origin !== 'sample'),
  );
  const head = useStudio((state) => state.headInUse);
  if (head?.kind === 'studio' && head.faces === 'drawn')
    return <>They are of drawn faces; photographs have other error rates.</>;
  if (head?.kind === 'studio')
    return (
      <>
        The head comes with the studio and was trained on photographs (CelebA): drawn faces are
        unfamiliar to it, and your own pictures may have other error rates.
      </>
    );
  if (!hasOwnPicture) return null;
  return <>They come from the set that the head was trained on; other pictures may differ.</>;
}
