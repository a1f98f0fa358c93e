import { useElementSize } from '@mantine/hooks';
import { useMemo } from 'react';
import type { MethodName } from '../../../confidence/confidence-method';
import { methodTitles } from '../../../confidence/methods';
import type { HistogramBin } from '../../../evaluation/distribution';
import { axisEnds, axisPlace, axisTicks, marginHistogram, marginOf, marginScale } from './margin';
import classes from './margin-axis.module.css';
import { marginText } from './margin-text';
import type { HeldScore } from './verdict';

/** Pixels. */
const [HEIGHT, TOP, BASE] = [152, 34, 114];
const BINS = 56;
/** Width of a character of a marker's name, in pixels, about. */
const CHARACTER = 7.4;

/** A method's score on the common axis. */
interface Marker {
  readonly method: MethodName;
  readonly name: string;
  readonly margin: number;
}

/**
 * One axis for all methods: how far the pair is above the threshold, at 0. Behind it lie the
 * reference pairs of the deciding method, those of one person above those of two.
 */
export function MarginAxis({
  held,
  deciding,
  far,
}: {
  held: readonly HeldScore[];
  deciding: HeldScore;
  far: number;
}) {
  const { ref, width } = useElementSize();
  const bins = useMemo(() => {
    const scale = marginScale(deciding, far);
    return scale ? marginHistogram(deciding, scale, BINS) : [];
    // The score moves with every slider; the pairs behind it stay.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [deciding.among, far]);
  const markers = markersOf(held, deciding, far);
  const ends = axisEnds(
    bins,
    markers.map(({ margin }) => margin),
  );
  const across = (place: number) => ((place - ends[0]) / (ends[1] - ends[0])) * width;
  const x = (margin: number) => across(axisPlace(margin));
  const most = Math.max(...bins.flatMap(({ genuine, impostor }) => [genuine, impostor]), 0.001);
  const y = (share: number) => BASE - (share / most) * (BASE - TOP - 8);
  const zero = x(0);
  return (
    <div ref={ref} className={classes.axis}>
      <svg width="100%" height={HEIGHT} role="img" aria-label={axisLabel(markers)}>
        {width > 0 && (
          <>
            {(['impostor', 'genuine'] as const).map((kind) => (
              <path key={kind} d={areaOf(bins, kind, across, y)} className={classes[kind]} />
            ))}
            <line x2={width} y1={BASE} y2={BASE} className={classes.base} />
            <line x1={zero} x2={zero} y1={TOP - 10} y2={BASE + 6} className={classes.threshold} />
            {axisTicks(ends).map((tick) => (
              <text key={tick} x={x(tick)} y={BASE + 18} className={classes.tick}>
                {tick > 0 ? `+${tick}` : String(tick).replace('-', '−')}
              </text>
            ))}
            <text x={zero - 10} y={HEIGHT - 6} textAnchor="end" className={classes.not}>
              ← not the same
            </text>
            <text x={zero + 10} y={HEIGHT - 6} className={classes.same}>
              same person →
            </text>
            {markers.map((marker, i) => (
              <MarkerLine
                key={marker.method}
                marker={marker}
                at={x(marker.margin)}
                row={i}
                width={width}
              />
            ))}
          </>
        )}
      </svg>
    </div>
  );
}

/** The deciding method's marker first, then cosine's, or the best of the others beside it. */
function markersOf(held: readonly HeldScore[], deciding: HeldScore, far: number): Marker[] {
  const others = held.filter(({ method }) => method !== deciding.method);
  const beside = others.find(({ method }) => method === 'cosine') ?? others[0];
  return [deciding, ...(beside ? [beside] : [])].flatMap((each) => {
    const scale = marginScale(each, far);
    if (!scale) return [];
    const { method, score } = each;
    return [{ method, name: methodTitles[method], margin: marginOf(score, scale) }];
  });
}

/** A diamond for the first, a ring for the second: they aren't told apart by colour alone. */
function MarkerLine({
  marker,
  at,
  row,
  width,
}: {
  marker: Marker;
  at: number;
  row: number;
  width: number;
}) {
  const isFirst = row === 0;
  const text = `${marker.name} ${marginText(marker.margin)}`;
  const room = CHARACTER * text.length + 12;
  // Away from the threshold, unless there is no room.
  const isRight = marker.margin < 0 ? at < room : at + room < width;
  const top = isFirst ? 12 : 30;
  return (
    <g className={isFirst ? classes.first : classes.second}>
      <line x1={at} x2={at} y1={top + 6} y2={BASE} className={classes.stem} />
      {isFirst ? (
        <path d={`M${at} ${BASE - 9}l7 9l-7 9l-7 -9Z`} className={classes.point} />
      ) : (
        <circle cx={at} cy={BASE} r={6} className={classes.point} />
      )}
      <text
        x={at + (isRight ? 8 : -8)}
        y={top + 5}
        textAnchor={isRight ? 'start' : 'end'}
        className={classes.name}
      >
        {text}
      </text>
    </g>
  );
}

function axisLabel(markers: readonly Marker[]): string {
  const parts = markers.map(({ name, margin }) => {
    const where = margin < 0 ? 'below' : 'above';
    return `${name} is ${Math.abs(margin).toFixed(1)} ${where} its threshold`;
  });
  const what = 'The margin to the threshold, in standard deviations of reference scores';
  return `${what}: ${parts.join('; ')}.`;
}

function areaOf(
  bins: readonly HistogramBin[],
  kind: 'genuine' | 'impostor',
  x: (margin: number) => number,
  y: (share: number) => number,
): string {
  if (bins.length === 0) return '';
  const points = bins.map(({ from, to, [kind]: share }) => `${x((from + to) / 2)} ${y(share)}`);
  const [start, end] = [x(bins[0]!.from), x(bins.at(-1)!.to)];
  return `M${start} ${BASE}L${points.join('L')}L${end} ${BASE}Z`;
}
