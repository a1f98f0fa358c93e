import { Group, Select, Stack, Text } from '@mantine/core';
import type { MethodName } from '../../../confidence/confidence-method';
import { methodTitles } from '../../../confidence/methods';
import { oneIn } from '../../../core/number-words';
import { evidenceAt } from '../../../evaluation/statistics/rule-of-thirty';
import type { PairReading } from '../../../studio/protocol';
import { studioStore } from '../../shell/studio-store';
import { useStudio } from '../../shell/use-studio';
import { MethodTerm } from '../../words/method-term';
import { Term } from '../../words/term';
import classes from '../compare.module.css';
import { notOnSlide } from '../save-slide';
import { useHeadName, useIsTraining } from '../use-reading';
import type { JudgedPair } from './judged-pair';
import { MarginAxis } from './margin-axis';
import { FALSE_ACCEPT_RATES } from './far-choices';
import { noVerdictText, unmeasurableText } from './verdict';
import { NoVerdict, VerdictCard } from './verdict-card';
import { ReferencePairs } from './verdict-words';

/** The verdict on the two sides, and their place on one axis of all methods. */
export function Result({ pair, judged }: { pair: PairReading; judged: JudgedPair }) {
  const { held, deciding, beside, far, verdict, truth, reading } = judged;
  if (!deciding) return <Unjudged pair={pair} />;
  const impostors = deciding.among.impostor.length;
  const refused = unmeasurableText(impostors);
  return (
    <div className={classes.result}>
      {verdict && far !== null ? (
        <VerdictCard verdict={verdict} far={far} beside={beside} truth={truth} />
      ) : (
        <NoVerdict reason={`${refused} Train the head on more people.`} />
      )}
      {far !== null && (
        <Stack gap={2}>
          <Group justify="space-between" align="center" gap={8} className={classes.axisHead}>
            <Text size="sm" fw={600} lh={1.2}>
              <Term name="margin">Margin</Term> to the <Term name="threshold">threshold</Term>
            </Text>
            <Choices judged={judged} impostors={impostors} />
          </Group>
          <MarginAxis held={held} deciding={deciding} far={far} />
        </Stack>
      )}
      {reading && far !== null && (
        <Text size="xs" c="dimmed" lh={1.4} className={classes.reference}>
          Margins are in standard deviations of each method’s own scores; far from 0 the axis is
          squeezed. Behind the marks: <MethodTerm method={deciding.method} /> of{' '}
          <ReferencePairs reading={reading} />
        </Text>
      )}
    </div>
  );
}

/** What decides, and how strictly. */
function Choices({ judged, impostors }: { judged: JudgedPair; impostors: number }) {
  const { held, deciding, far } = judged;
  return (
    <Group gap={8} {...notOnSlide}>
      <Select
        size="xs"
        w={164}
        aria-label="Verdict by"
        allowDeselect={false}
        data={held.map(({ method }) => ({ value: method, label: `By ${methodTitles[method]}` }))}
        value={deciding!.method}
        onChange={(method) => studioStore.setState({ verdictMethod: method as MethodName })}
      />
      <Select
        size="xs"
        w={192}
        aria-label="False accepts allowed"
        allowDeselect={false}
        data={FALSE_ACCEPT_RATES.map((rate) => ({
          value: String(rate),
          label: `${oneIn(rate)} strangers pass`,
          disabled: evidenceAt(rate, impostors) === 'none',
        }))}
        value={String(far)}
        onChange={(rate) => studioStore.setState({ verdictFar: Number(rate) })}
      />
    </Group>
  );
}

function Unjudged({ pair }: { pair: PairReading }) {
  const head = useHeadName();
  const isTraining = useIsTraining();
  return (
    <div className={classes.result}>
      <NoVerdict reason={noVerdictText(head, pair.policy, isTraining)} />
    </div>
  );
}

/** Stands where the verdict will be. */
export function AwaitedResult() {
  const isComing = useStudio(
    ({ wantedPair, facesPending }) => wantedPair !== null || facesPending.a || facesPending.b,
  );
  return (
    <div className={classes.result}>
      <Text c="dimmed" mih={48}>
        {isComing
          ? 'The verdict appears here once both faces have been read.'
          : 'Choose two faces, and their comparison appears here.'}
      </Text>
    </div>
  );
}
