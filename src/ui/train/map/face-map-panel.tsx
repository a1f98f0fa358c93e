import { Button, Group, Stack, Text, useComputedColorScheme } from '@mantine/core';
import { useElementSize, useReducedMotion } from '@mantine/hooks';
import { useEffect, useMemo, useRef, useState, type KeyboardEvent, type PointerEvent } from 'react';
import { count, counted, percent } from '../../components/format';
import { Term } from '../../words/term';
import { SmallFace } from '../faces/face-strip';
import { openInCompare, runPictures, useRunPictures } from '../faces/run-pictures';
import type { FaceMapState } from './face-map-slice';
import classes from './face-map.module.css';
import { nearestPicture } from './map-layout';
import { markWords } from './map-marks';
import { MapPainter, type MapLook } from './map-painter';
import { nextOnMap, personOnMap, sampleOnMap } from './map-people';

/** Pixels around the pointer in which a picture is looked for. */
const REACH = 18;

/**
 * The map of a run's embeddings: every picture a dot or a face, in the plane along which they
 * spread most. It grows during the first pass, and can be looked at afterwards.
 */
export function FaceMapPanel({
  map,
  canFetch,
}: {
  readonly map: FaceMapState;
  /** Whether pictures that came without a face may be read again now. */
  readonly canFetch: boolean;
}) {
  const { ref, width } = useElementSize();
  const height = Math.round(Math.min(460, Math.max(260, 0.5 * width)));
  const [pointed, setPointed] = useState<number | null>(null);
  const isStill = useReducedMotion();
  const { canvas, painter } = usePainter(map, { isStill, pointed }, { width, height }, canFetch);
  const open = (at: number) => {
    const { mates } = personOnMap(map, at);
    const partner = mates.find((each) => each !== at);
    openInCompare(pictureAt(map, at), partner === undefined ? null : pictureAt(map, partner));
  };
  const onPointerMove = (event: PointerEvent<HTMLCanvasElement>) => {
    const { left, top } = event.currentTarget.getBoundingClientRect();
    const points = painter.current?.points ?? new Float32Array();
    setPointed(nearestPicture(points, event.clientX - left, event.clientY - top, REACH));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Enter' && pointed !== null) open(pointed);
    else if (event.key === 'Escape') setPointed(null);
    else {
      const next = nextOnMap(map, pointed, event.key);
      if (next === null) return;
      setPointed(next);
    }
    event.preventDefault();
  };
  return (
    <Stack gap="xs" data-testid="face-map">
      <div
        ref={ref}
        className={classes.map}
        role="application"
        aria-label={descriptionOf(map)}
        aria-roledescription="map of faces"
        tabIndex={0}
        onKeyDown={onKeyDown}
        onBlur={() => setPointed(null)}
      >
        <canvas
          ref={canvas}
          aria-hidden
          style={{ width: '100%', height, display: 'block' }}
          onPointerMove={onPointerMove}
          onPointerLeave={() => setPointed(null)}
          onClick={() => pointed !== null && open(pointed)}
        />
        {pointed !== null && pointed < map.labels.length && <Pointed map={map} at={pointed} />}
      </div>
      <Explanation map={map} />
      {map.centres !== null && !isStill && (
        <Button
          size="compact-sm"
          variant="default"
          style={{ alignSelf: 'flex-start' }}
          onClick={() => painter.current?.gather()}
        >
          Gather them by person
        </Button>
      )}
    </Stack>
  );
}

const pictureAt = ({ places }: FaceMapState, at: number) => ({ place: places[at]!, copy: 0 });

/** Paints the map on the returned canvas. */
function usePainter(
  map: FaceMapState,
  { isStill, pointed }: Pick<MapLook, 'isStill' | 'pointed'>,
  { width, height }: { readonly width: number; readonly height: number },
  canFetch: boolean,
) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const painter = useRef<MapPainter>(null);
  const isDark = useComputedColorScheme('light') === 'dark';
  const thumbnails = useThumbnails(map, canFetch);
  useEffect(() => {
    const made = new MapPainter(canvas.current!);
    painter.current = made;
    return () => made.stop();
  }, []);
  useEffect(() => painter.current?.look({ isDark, isStill, pointed }), [isDark, isStill, pointed]);
  useEffect(() => {
    if (width > 0) painter.current?.resize(width, height);
  }, [width, height]);
  useEffect(() => painter.current?.show(map, thumbnails), [map, thumbnails]);
  return { canvas, painter };
}

/** The faces of a map; of one that was made of kept features, a sample that is read again. */
function useThumbnails(map: FaceMapState, canFetch: boolean): FaceMapState['thumbnails'] {
  const isBare = map.thumbnails.size === 0 && canFetch;
  const sample = useMemo(() => (isBare ? sampleOnMap(map) : []), [isBare, map]);
  const wanted = useMemo(() => sample.map((at) => pictureAt(map, at)), [sample, map]);
  useRunPictures(wanted);
  const { version } = runPictures;
  return useMemo(() => {
    if (!isBare) return map.thumbnails;
    const found = sample.flatMap((at) => {
      const picture = runPictures.get(pictureAt(map, at));
      return picture ? [[at, picture.pixels] as const] : [];
    });
    return new Map(found);
    // `version` says that more have come.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [isBare, map, sample, version]);
}

/** Who is pointed at. */
function Pointed({ map, at }: { readonly map: FaceMapState; readonly at: number }) {
  const wanted = useMemo(() => [pictureAt(map, at)], [map, at]);
  useRunPictures(wanted);
  const read = runPictures.get(wanted[0]!);
  const pixels = map.thumbnails.get(at) ?? read?.pixels ?? null;
  const { label, mates } = personOnMap(map, at);
  return (
    <Group gap="sm" wrap="nowrap" className={classes.pointed} role="status">
      <SmallFace pixels={pixels} isMissing={read === null} side={56} />
      <div>
        <Text size="sm" fw={600}>
          Person {label}
        </Text>
        <Text size="xs" c="dimmed">
          {counted(mates.length, 'picture')} here · click to compare
        </Text>
      </div>
    </Group>
  );
}

function descriptionOf({ labels }: FaceMapState): string {
  const people = new Set(labels).size;
  return (
    `A map of ${counted(labels.length, 'picture')} of ${counted(people, 'person', 'people')}. ` +
    'Arrow keys go from person to person, Enter compares a face.'
  );
}

/** What the plane of the map is. */
const drawnWords = (fitted: number, share: number): string =>
  `Drawn is the plane that shows most of how ${count(fitted)} pictures differ: ` +
  `${percent(share, 0)} of it.`;

function Explanation({ map }: { readonly map: FaceMapState }) {
  const { labels, share, fitted, seen, centres } = map;
  const left = seen > labels.length ? ` The first ${count(labels.length)} are drawn.` : '';
  return (
    <Text size="sm" c="dimmed" maw="72ch">
      Each picture is a <Term name="mu">direction</Term> on a sphere; the head learns how sure to be
      of it. {drawnWords(fitted, share)} {markWords(new Set(labels).size)}
      {left}{' '}
      {centres ? (
        <>
          Lines lead to each person’s <Term name="classCentre">centre</Term>, their mean direction.
          Gathering moves the pictures towards it and back: the further a picture has to go, the
          less sure the head should be of it.
        </>
      ) : (
        'Pictures of one person come to lie together, because the network knows them again.'
      )}
    </Text>
  );
}
