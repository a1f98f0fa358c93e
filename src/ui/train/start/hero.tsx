import { Button, Stack, Text, Title } from '@mantine/core';
import type { SampleFace } from '../../../studio/protocol';
import { presets } from '../../../training/config/run-config';
import { usePictureUrls } from '../../components/picture-urls';
import { lookOf } from '../../data/sources/use-source';
import { useStudio } from '../../shell/use-studio';
import { Term } from '../../words/term';
import { runActions } from '../../shell/actions/run-actions';
import { HowLong } from './how-long';
import classes from './hero.module.css';

/** Faces that are shown before a run. */
const SHOWN = 12;

/** What training is, before there is a run, and the button that starts one. */
export function Hero() {
  const state = useStudio((all) => all);
  const start = runActions.start;
  const { preset, shards } = state.config;
  const name = shards === presets[preset].shards ? `the ${preset} run` : 'the run';
  const hasCrashed = state.errors.some(({ scope }) => scope === 'studio');
  return (
    <div className={classes.hero}>
      <Stack align="flex-start" gap="md">
        <Title order={2}>Teach a face network how sure it is</Title>
        <Text maw="54ch">
          A trained network turns every face into a direction. A blurred or covered face points
          somewhere too, and nothing says how far off. Training adds that: one number,{' '}
          <Term name="kappa">κ</Term>, large where the picture tells who it is, small where it
          doesn’t.
        </Text>
        <Button
          size="md"
          disabled={!start.predicate(state)}
          loading={state.backend === null && !hasCrashed}
          onClick={() => start.perform()}
        >
          Start {name}
        </Button>
        <HowLong />
        <Text size="sm" c="dimmed">
          Pictures never leave this page.
        </Text>
      </Stack>
      <FacesToCome />
    </div>
  );
}

const none: readonly SampleFace[] = [];

/** Some of the faces that it would learn from, if they were looked at before. */
function FacesToCome() {
  const samples = useStudio((state) => lookOf(state)?.samples ?? none);
  const pictures = usePictureUrls(samples);
  if (pictures.length === 0) return null;
  return (
    <figure className={classes.faces} data-testid="faces-to-come">
      <div className={classes.grid}>
        {pictures.slice(0, SHOWN).map(({ key, url }) => (
          <img key={key} src={url} alt="" />
        ))}
      </div>
      <Text component="figcaption" size="sm" c="dimmed">
        Some of the faces that it will learn from. Others can be chosen under Data.
      </Text>
    </figure>
  );
}
