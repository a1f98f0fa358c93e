import { Kbd, Modal, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import { actionGroups } from '../actions/action';
import { actions } from '../actions/actions';
import { keyNames } from '../actions/key-names';
import type { StudioState } from '../studio-store';
import { useStudio } from '../use-studio';
import { closeDialog } from './close-dialog';
import { useIsOpen } from './use-is-open';
import classes from './key-list.module.css';

/** A line of the list: what to press, and what it does. */
type KeyLine = readonly [keys: readonly string[], what: string];

/** Keys that mean something only where the focus is. */
const inCharts: readonly KeyLine[] = [
  [['←', '→'], 'Read the values'],
  [['+', '−'], 'Zoom in, zoom out'],
  [['Shift', '→'], 'Move along'],
];

/** All keys, as the actions have them. */
export function KeyList() {
  const isOpen = useIsOpen('keys');
  return (
    <Modal
      opened={isOpen}
      onClose={closeDialog}
      title="Keys"
      size={640}
      centered
      padding="lg"
      overlayProps={{ backgroundOpacity: 0.25 }}
      styles={{ title: { fontSize: '1.25rem', fontWeight: 650 } }}
    >
      {isOpen && <Lists />}
    </Modal>
  );
}

function Lists() {
  const state = useStudio((all) => all);
  const [places, ...others] = actionGroups.map((group) => (
    <KeyGroup key={group} title={group} lines={linesOf(group, state)} />
  ));
  return (
    <Stack gap="lg">
      <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="xl">
        {places}
        <Stack gap="lg">
          {others}
          <KeyGroup title="In a chart that has the focus" lines={inCharts} />
        </Stack>
      </SimpleGrid>
      <Text size="sm" c="dimmed">
        No key starts a run, replaces one or ends one. While you type, keys are yours.
      </Text>
    </Stack>
  );
}

/** Keys with what they do now; where they do nothing now, with what they do at other times. */
const linesOf = (group: string, state: StudioState): KeyLine[] =>
  actions.flatMap((action) =>
    action.group === group && action.key !== null
      ? [[keyNames(action.key), action.label(state)] as const]
      : [],
  );

function KeyGroup({ title, lines }: { title: string; lines: readonly KeyLine[] }) {
  return (
    <section aria-label={title}>
      <Title order={3} size="sm" c="dimmed" fw={500} mb={6}>
        {title}
      </Title>
      <dl className={classes.list}>
        {lines.map(([keys, what]) => (
          <div key={what} className={classes.line}>
            <dt>{what}</dt>
            <dd>
              {keys.map((key) => (
                <Kbd key={key} ml={4} ff="inherit">
                  {key}
                </Kbd>
              ))}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
