import { Text } from '@mantine/core';
import { useMemo } from 'react';
import { confidenceSymbols } from '../../../confidence/methods';
import { useStudio } from '../../shell/use-studio';
import { FaceStrip } from '../faces/face-strip';
import { leastSure, mostMistaken, validatedFaces } from '../faces/pick-faces';
import { usePictureProblem } from '../faces/run-pictures';
import classes from './watch.module.css';

/** The pictures that tell most of a head: those it is least sure of, and its worst mistakes. */
export function Strips() {
  const validation = useStudio((state) => state.validation);
  const heldOut = useStudio((state) => state.heldOut);
  const isWatching = useStudio((state) => state.isWatching);
  const faces = useMemo(
    () => validation && validatedFaces(validation, heldOut),
    [validation, heldOut],
  );
  const [least, mistaken] = useMemo(
    () => (faces ? [leastSure(faces), mostMistaken(faces)] : [[], []]),
    [faces],
  );
  if (!validation || (!faces && heldOut === null)) return null;
  if (!faces || isWatching) return <WhyNoFaces isWatching={isWatching} />;
  const symbol = confidenceSymbols[validation.method];
  const shared = { among: faces, symbol };
  return (
    <>
      <div className={classes.strips}>
        <FaceStrip
          {...shared}
          title="Least sure"
          sentence={`The lowest ${symbol}: blurred, turned or covered faces, if it has learnt.`}
          faces={least}
        />
        <FaceStrip
          {...shared}
          title="Most mistaken"
          sentence="Of the tenth that lie furthest from their person, the ones it is surest of."
          faces={mistaken}
        />
      </div>
      <PictureProblem />
    </>
  );
}

/** Why the pictures of the strips can’t be read; nothing if they can. */
function PictureProblem() {
  const problem = usePictureProblem();
  if (problem === null) return null;
  return (
    <Text size="sm" c="red" role="alert">
      The pictures can’t be read again: {problem}
    </Text>
  );
}

function WhyNoFaces({ isWatching }: { readonly isWatching: boolean }) {
  return (
    <Text size="sm" c="dimmed">
      {isWatching
        ? 'Faces are shown in the tab that has the run.'
        : 'Faces of a streamed run can’t be shown: its pictures are not kept.'}
    </Text>
  );
}
