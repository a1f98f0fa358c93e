import {
  Alert,
  Button,
  Card,
  Collapse,
  Group,
  SegmentedControl,
  SimpleGrid,
  Stack,
  Text,
} from '@mantine/core';
import { useRef, useState } from 'react';
import type { MethodName } from '../../confidence/confidence-method';
import { methodTitles } from '../../confidence/methods';
import { messageOf } from '../../core/studio-error';
import { oneIn } from '../../core/number-words';
import { evidenceAt } from '../../evaluation/statistics/rule-of-thirty';
import type { PairReading } from '../../studio/protocol';
import type { HeadReading } from '../../training/session/run-events';
import { fixed } from '../components/format';
import { useStudio } from '../shell/use-studio';
import { Distribution } from './distribution';
import { notOnSlide, saveSlide } from './save-slide';
import { useHeadName, useIsTraining, useReading } from './use-reading';
import {
  decisive,
  FALSE_ACCEPT_RATES,
  heldScores,
  measurableRate,
  noVerdictText,
  referenceText,
  unmeasurableText,
  verdictOn,
  type HeldScore,
} from './verdict';
import { ScoreTable, VerdictPanel } from './verdict-panel';

export interface ComparisonProps {
  readonly slide: React.RefObject<HTMLDivElement | null>;
  /** The method of the verdict; null for the default. */
  readonly chosen: MethodName | null;
  readonly onChoose: (method: MethodName) => void;
}

/** The scores of the two sides, the verdict, and their place among pairs of known identity. */
export function Comparison(props: ComparisonProps) {
  const pair = useStudio((state) => state.pair);
  if (!pair)
    return <Alert color="gray">Choose two faces, and their comparison appears here.</Alert>;
  return <ComparedPair {...props} pair={pair} />;
}

function ComparedPair({ pair, slide, chosen, onChoose }: ComparisonProps & { pair: PairReading }) {
  const reading = useReading(pair.policy);
  const [chosenFar, setFar] = useState(0.01);
  const held = heldScores(pair, reading);
  const deciding = decisive(held, chosen);
  const impostors = deciding?.among.impostor.length ?? 0;
  const far = measurableRate(chosenFar, impostors);
  const verdict = deciding && far !== null ? verdictOn(deciding, far) : null;
  return (
    <Card withBorder padding="sm" component="section" aria-label="Comparison">
      <Stack gap="sm">
        <Group gap="md" {...notOnSlide}>
          {deciding && (
            <Choice
              label="Verdict by"
              value={deciding.method}
              onChange={(method) => onChoose(method as MethodName)}
              data={held.map(({ method }) => ({ value: method, label: methodTitles[method] }))}
            />
          )}
          {far !== null && (
            <Choice
              label="False accepts allowed"
              value={String(far)}
              onChange={(value) => setFar(Number(value))}
              data={FALSE_ACCEPT_RATES.map((rate) => ({
                value: String(rate),
                label: oneIn(rate),
                disabled: evidenceAt(rate, impostors) === 'none',
              }))}
            />
          )}
          <SaveSlide slide={slide} />
        </Group>
        <Group justify="space-between" align="flex-start" gap="xl">
          <Stack gap={6} flex="1 1 320px">
            {verdict && far !== null && <VerdictPanel verdict={verdict} far={far} />}
            {!deciding && <NoVerdict pair={pair} />}
            {deciding && far === null && (
              <Alert color="gray" data-testid="no-verdict">
                There is no verdict: {unmeasurableText(impostors)} Train the head on more people.
              </Alert>
            )}
            {deciding && reading && (
              <Reference
                reading={reading}
                refused={far === null ? null : unmeasurableText(impostors)}
              />
            )}
          </Stack>
          <ScoreTable scores={pair.scores} held={held} far={far} />
        </Group>
        {pair.pooledCosTheta !== null && (
          <Text size="sm" data-testid="pooling">
            Pooled by κ, Eqn (14), the templates have cos θ {fixed(pair.pooledCosTheta, 3)}; pooled
            by the plain mean of their pictures {fixed(pair.scores.cosine, 3)}.
          </Text>
        )}
        {deciding && <Distributions held={held} first={deciding} far={far} />}
      </Stack>
    </Card>
  );
}

/** A few values to choose from, with their name beside them. */
function Choice({
  label,
  ...control
}: {
  label: string;
  value: string;
  onChange: (value: string) => void;
  data: { value: string; label: string; disabled?: boolean }[];
}) {
  return (
    <Group gap={6}>
      <Text size="xs">{label}</Text>
      <SegmentedControl size="xs" aria-label={label} {...control} />
    </Group>
  );
}

function NoVerdict({ pair }: { pair: PairReading }) {
  const head = useHeadName();
  const isTraining = useIsTraining();
  return (
    <Alert color="gray" data-testid="no-verdict">
      {noVerdictText(head, pair.policy, isTraining)}
    </Alert>
  );
}

/** What the thresholds were measured on, by which head. */
function Reference({ reading, refused }: { reading: HeadReading; refused: string | null }) {
  const head = useHeadName();
  return (
    <Text size="xs" c="dimmed" data-testid="reference">
      Head: {head}. {referenceText(reading)} {refused} <ErrorRateNote />
    </Text>
  );
}

/** The distributions of the deciding method and of cosine; the others on request. */
function Distributions({
  held,
  first,
  far,
}: {
  held: readonly HeldScore[];
  first: HeldScore;
  far: number | null;
}) {
  const [isOpen, setOpen] = useState(false);
  const second = held.find(({ method }) => method === 'cosine' && method !== first.method);
  // If cosine decides, the method beside it is the best of the others.
  const beside = second ?? held.find(({ method }) => method !== first.method);
  const others = held.filter((each) => each !== first && each !== beside);
  const grid = (shown: readonly HeldScore[]) => (
    <SimpleGrid cols={{ base: 1, sm: 2 }}>
      {shown.map((each) => (
        <Distribution key={each.method} held={each} far={far} />
      ))}
    </SimpleGrid>
  );
  return (
    <>
      {grid(beside ? [first, beside] : [first])}
      {others.length > 0 && (
        <>
          <Group {...notOnSlide}>
            <Button
              size="compact-xs"
              variant="default"
              aria-expanded={isOpen}
              onClick={() => setOpen(!isOpen)}
            >
              {isOpen ? 'Hide' : 'Show'} the distribution of{' '}
              {others.map(({ method }) => methodTitles[method]).join(' and ')}
            </Button>
          </Group>
          <Collapse in={isOpen}>{isOpen && grid(others)}</Collapse>
        </>
      )}
    </>
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
