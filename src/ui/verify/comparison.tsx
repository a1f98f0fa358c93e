import {
  Alert,
  Button,
  Card,
  Group,
  SegmentedControl,
  SimpleGrid,
  Stack,
  Text,
} from '@mantine/core';
import { useRef, useState } from 'react';
import { fixed } from '../components/format';
import { useStudio } from '../shell/use-studio';
import { useDistributions } from './use-distributions';
import { Distribution } from './distribution';
import { notOnSlide, saveSlide } from './save-slide';
import { messageOf } from '../../core/studio-error';

const FALSE_ACCEPT_RATES = ['0.1', '0.01', '0.001'];

/** The scores of the two sides, and their place among pairs of known identity. */
export function Comparison({ slide }: { slide: React.RefObject<HTMLDivElement | null> }) {
  const pair = useStudio((state) => state.pair);
  const distributions = useDistributions(pair?.policy ?? 'full');
  const [far, setFar] = useState('0.01');
  if (!pair)
    return <Alert color="gray">Choose two faces, and their comparison appears here.</Alert>;
  return (
    <Card withBorder padding="sm" component="section" aria-label="Comparison">
      <Stack gap="sm">
        <Group justify="space-between">
          <Text fw={600}>
            cos θ <span data-testid="cos-theta">{fixed(pair.scores.cosine, 3)}</span>
            {pair.scores.scf !== undefined && (
              <>
                {' · SCF score, Eqn (13): '}
                <span data-testid="scf-score">{fixed(pair.scores.scf, 2)}</span>
              </>
            )}
          </Text>
          <Group gap="xs" {...notOnSlide}>
            <Text size="xs">False accepts allowed</Text>
            <SegmentedControl
              size="xs"
              aria-label="False accept rate"
              value={far}
              onChange={setFar}
              data={FALSE_ACCEPT_RATES.map((value) => ({
                value,
                label: `1 in ${Math.round(1 / Number(value))}`,
              }))}
            />
            <SaveSlide slide={slide} />
          </Group>
        </Group>
        {pair.pooledCosTheta !== null && (
          <Text size="sm" data-testid="pooling">
            Pooled by κ, Eqn (14), the templates have cos θ {fixed(pair.pooledCosTheta, 3)}; pooled
            by the plain mean of their pictures {fixed(pair.scores.cosine, 3)}.
          </Text>
        )}
        {pair.scores.scf !== undefined && (
          <Text size="xs" c="dimmed">
            The SCF score is a log likelihood: it means something only in comparison with other
            pairs. <ErrorRateNote />
          </Text>
        )}
        {distributions.length === 0 && (
          <Text size="sm" c="dimmed">
            These numbers mean something only in comparison with pairs of known identity that were
            read in the same way. Start a run: its validation pairs are read so at its end, and
            shown here. Or evaluate pictures of your own under Evaluate.
          </Text>
        )}
        <SimpleGrid cols={{ base: 1, md: 2 }}>
          {distributions.map((among) => {
            const score = pair.scores[among.method];
            return score === undefined ? null : (
              <Distribution key={among.method} among={among} score={score} far={Number(far)} />
            );
          })}
        </SimpleGrid>
      </Stack>
    </Card>
  );
}

/** Says which pictures the error rates below come from. */
function ErrorRateNote() {
  const hasOwnPicture = useStudio(({ faces }) =>
    [...faces.a, ...faces.b].some(({ origin }) => origin !== 'sample'),
  );
  const head = useStudio((state) => state.headInUse);
  if (head?.kind === 'studio' && head.faces === 'drawn')
    return (
      <>
        The pairs below are of drawn faces, which the head that is part of the studio was trained
        on; photographs have other error rates.
      </>
    );
  if (head?.kind === 'studio') {
    return (
      <>
        κ and the pairs below come from the head that is part of the studio. It was trained on
        photographs (CelebA): drawn faces are unfamiliar to it, and your own pictures may have other
        error rates.
      </>
    );
  }
  if (!hasOwnPicture) return null;
  return (
    <>
      The pairs below come from the set that the head was trained on; other pictures may have other
      error rates.
    </>
  );
}

/** A button that saves the panel as a picture for a slide. */
function SaveSlide({ slide }: { slide: React.RefObject<HTMLDivElement | null> }) {
  const [failed, setFailed] = useState<string | null>(null);
  const isSaving = useRef(false);
  const save = async () => {
    if (isSaving.current || !slide.current) return;
    isSaving.current = true;
    try {
      await saveSlide(slide.current);
      setFailed(null);
    } catch (thrown) {
      setFailed(messageOf(thrown));
    } finally {
      isSaving.current = false;
    }
  };
  return (
    <>
      <Button size="xs" variant="default" onClick={() => void save()}>
        Save as PNG
      </Button>
      {failed !== null && (
        <Text size="xs" c="red" role="alert">
          The picture could not be made ({failed}). Take a screenshot instead.
        </Text>
      )}
    </>
  );
}
