import { Group, Stack, Text, Title, UnstyledButton } from '@mantine/core';
import type { ReactNode } from 'react';
import { Crop } from '../../components/crop';
import { fixed } from '../../components/format';
import { useRovingFocus, type RovingItemProps } from '../../components/roving-focus';
import { partnerOf, type ValidatedFace } from './pick-faces';
import { openInCompare, runPictures, useRunPictures } from './run-pictures';
import classes from './face-strip.module.css';

const SIDE = 64;

interface FaceStripProps {
  readonly title: string;
  /** Says by what rule they were picked. */
  readonly sentence: ReactNode;
  readonly faces: readonly ValidatedFace[];
  /** All faces of the validation, of which a partner is chosen. */
  readonly among: readonly ValidatedFace[];
  /** The name of the confidence: κ, or its counterpart. */
  readonly symbol: string;
}

/** A few validation pictures with their figures; each opens in Compare. */
export function FaceStrip({ title, sentence, faces, among, symbol }: FaceStripProps) {
  useRunPictures(faces);
  const itemProps = useRovingFocus(faces.length);
  return (
    <Stack gap={6} component="section" aria-label={title}>
      <Title order={3} size="h5">
        {title}
      </Title>
      <Text size="sm" c="dimmed">
        {sentence}
      </Text>
      <Group gap="xs" role="group" aria-label={`${title}: pictures`}>
        {faces.map((face, at) => (
          <StripFace
            key={`${face.place} ${face.copy}`}
            face={face}
            symbol={symbol}
            item={itemProps(at)}
            open={() => openInCompare(face, partnerOf(face, among))}
          />
        ))}
      </Group>
    </Stack>
  );
}

function StripFace({
  face,
  symbol,
  item,
  open,
}: {
  readonly face: ValidatedFace;
  readonly symbol: string;
  readonly item: RovingItemProps;
  readonly open: () => void;
}) {
  const picture = runPictures.get(face);
  const figures = `${symbol} ${fixed(face.kappa, 0)}, cos θ ${fixed(face.cosTheta, 2)}`;
  return (
    <UnstyledButton
      {...item}
      className={classes.face}
      aria-label={`Person ${face.label}: ${figures}. Compare this face`}
      title="Compare this face"
      onClick={open}
    >
      <SmallFace pixels={picture?.pixels ?? null} isMissing={picture === null} side={SIDE} />
      <span className={classes.figures} aria-hidden>
        <span>
          {symbol} {fixed(face.kappa, 0)}
        </span>
        <span>cos θ {fixed(face.cosTheta, 2)}</span>
      </span>
    </UnstyledButton>
  );
}

/** A face, or its place while it is fetched, or if it can't be read. */
export function SmallFace({
  pixels,
  isMissing,
  side,
}: {
  readonly pixels: Uint8ClampedArray | null;
  readonly isMissing: boolean;
  readonly side: number;
}) {
  if (pixels) return <Crop pixels={pixels} label="" side={side} />;
  return (
    <span className={classes.blank} style={{ width: side, height: side }}>
      {isMissing && 'no picture'}
    </span>
  );
}
