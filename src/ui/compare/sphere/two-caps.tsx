import { Stack, Text } from '@mantine/core';
import { expectedAngle } from '../../../confidence/vmf';
import type { ShownFace } from '../../../studio/protocol';
import { useStudio } from '../../shell/use-studio';
import { Term } from '../../words/term';
import classes from '../compare.module.css';
import { Sphere } from './sphere';

const degrees = (angle: number): string => `${Math.round((angle * 180) / Math.PI)}°`;

/** The directions of the two sides on the sphere, with the cap that each side's κ stands for. */
export function TwoCaps() {
  const cosine = useStudio((state) => state.pair?.pooledCosTheta ?? state.pair?.scores.cosine);
  const faces = useStudio((state) => state.faces);
  const dimension = useStudio((state) => state.backbone?.embeddingDim);
  if (cosine === undefined || dimension === undefined) return <EmptySphere />;
  const angle = Math.acos(Math.max(-1, Math.min(1, cosine)));
  const capOf = (side: readonly ShownFace[]) => {
    const kappa = sideKappa(side);
    return kappa === null ? null : expectedAngle(dimension, kappa);
  };
  const [capA, capB] = [capOf(faces.a), capOf(faces.b)];
  const radii =
    capA === null || capB === null
      ? null
      : `${degrees(capA)} around A and ${degrees(capB)} around B`;
  const label =
    `A sphere. A and B are ${degrees(angle)} apart. ` +
    (radii === null
      ? 'There are no circles without κ.'
      : `Circles: where the head expects the person, ${radii}.`);
  return (
    <Stack gap={4} className={classes.sphere}>
      <div className={classes.globe}>
        <Sphere angle={angle} caps={[capA, capB]} label={`${label} Arrow keys turn it.`} />
      </div>
      <Text size="xs" c="dimmed" ta="center" lh={1.35} className={classes.caption}>
        <b>{degrees(angle)} apart.</b>{' '}
        {radii !== null && (
          <>
            <Term name="cap">Circles</Term>: where the <Term name="head">head</Term> expects the
            person, {radii}.{' '}
          </>
        )}
        Drawn in 3 of {dimension} dimensions; the angles are true.
      </Text>
    </Stack>
  );
}

/** κ of a side: of several pictures the mean, as Eqn (14) pools them; null without κ. */
function sideKappa(side: readonly ShownFace[]): number | null {
  const kappas = side.flatMap(({ kappa }) => kappa ?? []);
  if (kappas.length === 0 || kappas.length < side.length) return null;
  return kappas.reduce((sum, kappa) => sum + kappa, 0) / kappas.length;
}

function EmptySphere() {
  return (
    <Stack gap={4} className={classes.sphere}>
      <div className={classes.globe} style={{ opacity: 0.5 }}>
        <Sphere angle={0.9} caps={[null, null]} label="A sphere that waits for two faces." />
      </div>
      <Text size="xs" c="dimmed" ta="center" className={classes.caption}>
        Each face becomes a direction. The closer two directions are, the more alike the faces.
      </Text>
    </Stack>
  );
}
