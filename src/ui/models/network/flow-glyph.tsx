import type { PlacedBlock } from './flow-layout';
import classes from './network-drawing.module.css';

/** The glyph of a block. */
export function FlowGlyph({ block, x, y, halfWidth, halfHeight }: PlacedBlock) {
  const frame = {
    x: x - halfWidth,
    y: y - halfHeight,
    width: 2 * halfWidth,
    height: 2 * halfHeight,
    rx: 4,
  };
  switch (block.look) {
    case 'picture':
      return (
        <>
          <rect {...frame} className={classes.picture} />
          <Face x={x} y={y} size={halfHeight} />
        </>
      );
    case 'maps':
      return <Plates {...{ x, y, halfWidth, plates: block.plates ?? 2 }} />;
    case 'numbers':
      return <rect {...frame} className={`${classes.plate} ${classes.front}`} />;
    case 'direction':
    case 'confidence':
      return (
        <>
          <circle cx={x} cy={y} r={halfWidth} className={classes[block.look]} />
          <text x={x} y={y} dy="0.35em" textAnchor="middle" className={classes.symbol}>
            {block.symbol}
          </text>
        </>
      );
    case 'rest':
      return <rect {...frame} className={classes.rest} />;
    case 'stopped':
      return (
        <>
          <rect {...frame} className={classes.stopped} />
          <path d={`M${x - 7} ${y - 7}l14 14m0-14l-14 14`} className={classes.cross} />
        </>
      );
    default:
      return block.look satisfies never;
  }
}

/** A face, as few strokes as it takes. */
const Face = ({ x, y, size }: { x: number; y: number; size: number }) => (
  <g className={classes.face} transform={`translate(${x} ${y}) scale(${size / 42})`}>
    <ellipse cx="0" cy="0" rx="20" ry="26" />
    <path d="M-9-5v1M9-5v1M0-1v6M-7 13q7 5 14 0" />
  </g>
);

interface PlatesProps {
  readonly x: number;
  readonly y: number;
  readonly halfWidth: number;
  readonly plates: number;
}

/** Squares behind each other: a feature map of many channels. */
function Plates({ x, y, halfWidth, plates }: PlatesProps) {
  const whole = Math.round(plates);
  const side = 2 * halfWidth - 4 * (plates - 1);
  return Array.from({ length: whole }, (_, i) => {
    const shift = 4 * (whole - 1 - i) - 2 * (whole - 1);
    return (
      <rect
        key={i}
        x={x - side / 2 + shift}
        y={y - side / 2 - shift}
        width={side}
        height={side}
        rx={2}
        className={`${classes.plate} ${i === whole - 1 ? classes.front : ''}`}
      />
    );
  });
}
