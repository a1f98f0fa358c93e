import { Group, Stack, Text } from '@mantine/core';
import { useCallback, useMemo, useState } from 'react';
import { confidenceSymbols } from '../../../confidence/methods';
import type { ValidationResult } from '../../../training/session/run-events';
import { KappaScatter } from '../../charts/validation-charts';
import { fixed } from '../../components/format';
import { useStudio } from '../../shell/use-studio';
import { SmallFace } from '../faces/face-strip';
import { partnerOf, validatedFaces, type ValidatedFace } from '../faces/pick-faces';
import { openInCompare, runPictures, useRunPictures } from '../faces/run-pictures';
import classes from './watch.module.css';

const HEIGHT = 380;

/** κ against cos θ, where every dot shows its face, and opens it in Compare. */
export function FacesScatter({
  result,
  dimension,
}: {
  readonly result: ValidationResult;
  readonly dimension: number;
}) {
  const heldOut = useStudio(({ heldOut: pictures, isWatching }) => (isWatching ? null : pictures));
  const faces = useMemo(() => validatedFaces(result, heldOut), [result, heldOut]);
  const [pointed, setPointed] = useState<number | null>(null);
  const open = useCallback(
    (index: number) => {
      const face = faces?.[index];
      if (face) openInCompare(face, partnerOf(face, faces!));
    },
    [faces],
  );
  const textOf = useCallback(
    (index: number) => (faces ? `person ${faces[index]!.label}` : ''),
    [faces],
  );
  const face = pointed === null ? null : (faces?.[pointed] ?? null);
  return (
    <div className={classes.scatter}>
      <KappaScatter
        result={result}
        dimension={dimension}
        height={HEIGHT}
        onHover={setPointed}
        {...(faces && { onOpen: open, textOf })}
      />
      <FaceOfDot face={face} canShow={faces !== null} symbol={confidenceSymbols[result.method]} />
    </div>
  );
}

const NONE: readonly ValidatedFace[] = [];

/** The face of the dot that is pointed at, beside the chart. */
function FaceOfDot({
  face,
  canShow,
  symbol,
}: {
  readonly face: ValidatedFace | null;
  readonly canShow: boolean;
  readonly symbol: string;
}) {
  const wanted = useMemo(() => (face ? [face] : NONE), [face]);
  useRunPictures(wanted);
  if (!canShow) return null;
  const picture = face && runPictures.get(face);
  return (
    <Group gap="md" wrap="nowrap" align="flex-start" className={classes.dot} data-testid="dot-face">
      <SmallFace
        pixels={picture?.pixels ?? null}
        isMissing={picture === null && !!face}
        side={112}
      />
      {face ? (
        <Stack gap={2}>
          <Text fw={600}>Person {face.label}</Text>
          <Text size="sm" className={classes.figures}>
            {symbol} {fixed(face.kappa, 0)}
            <br />
            cos θ {fixed(face.cosTheta, 3)}
          </Text>
          <Text size="xs" c="dimmed">
            {picture ? `picture ${picture.key}` : ' '}
          </Text>
        </Stack>
      ) : (
        <Text size="sm" c="dimmed">
          Every dot is a picture. Point at one to see its face; click it, or press Enter, to compare
          it.
        </Text>
      )}
    </Group>
  );
}
