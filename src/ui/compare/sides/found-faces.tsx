import { Box, Button, Group, Stack, Text } from '@mantine/core';
import type { ShownFace, FaceSlot } from '../../../studio/protocol';
import { counted } from '../../components/format';
import { chooseFace, photoUrl } from '../commands';
import { notOnSlide } from '../save-slide';

/** A narrower face has too few pixels for a backbone to see much. */
const MIN_FACE_WIDTH_PX = 24;

/** A photograph with all its faces. The chosen one is marked; a click chooses another. */
export function FoundFaces({
  slot,
  face: { id, name, photo },
}: {
  slot: FaceSlot;
  face: ShownFace;
}) {
  const url = photoUrl(id);
  if (!photo || url === undefined) return null;
  const { width, height, faces, chosen } = photo;
  const thickness = Math.max(width, height) / 160;
  const isTiny = faces[chosen]!.box.width < MIN_FACE_WIDTH_PX;
  const { turned } = faces[chosen]!;
  return (
    <Stack gap={4}>
      <Box pos="relative" w="fit-content" maw="100%" style={{ lineHeight: 0 }}>
        <img
          src={url}
          alt={`${name}: ${counted(faces.length, 'face')} found`}
          style={{ maxWidth: '100%', maxHeight: 180, borderRadius: 6 }}
        />
        <svg
          viewBox={`0 0 ${width} ${height}`}
          aria-hidden
          style={{ position: 'absolute', inset: 0, width: '100%', height: '100%' }}
        >
          {faces.map(({ box, points }, i) => (
            <g
              key={i}
              stroke={i === chosen ? '#3bc9db' : '#fff'}
              onClick={() => chooseFace(slot, id, i)}
              style={{ cursor: 'pointer' }}
            >
              <rect
                x={box.left}
                y={box.top}
                width={box.width}
                height={box.height}
                fill="transparent"
                strokeWidth={thickness * (i === chosen ? 1.6 : 0.8)}
              />
              {i === chosen &&
                points.map(([x, y], point) => (
                  <circle key={point} cx={x} cy={y} r={thickness} fill="#fcc419" stroke="none" />
                ))}
            </g>
          ))}
        </svg>
      </Box>
      {faces.length > 1 && (
        <Group gap={4} {...notOnSlide}>
          {faces.map((_, i) => (
            <Button
              key={i}
              size="compact-xs"
              variant={i === chosen ? 'filled' : 'default'}
              aria-pressed={i === chosen}
              onClick={() => chooseFace(slot, id, i)}
            >
              Face {i + 1} of {faces.length}
            </Button>
          ))}
        </Group>
      )}
      {turned !== 0 && (
        <Text size="xs" c="dimmed">
          The face wasn’t upright: it was found and is read with the picture turned{' '}
          {`${turned}° clockwise.`}
        </Text>
      )}
      {isTiny && (
        <Text size="xs" c="orange">
          This face is only {Math.round(faces[chosen]!.box.width)} pixels wide: κ and the score rest
          on very little.
        </Text>
      )}
    </Stack>
  );
}
