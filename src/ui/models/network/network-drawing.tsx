import { VisuallyHidden } from '@mantine/core';
import { useElementSize } from '@mantine/hooks';
import { useId, useMemo } from 'react';
import { flowWords, type Flow } from './flow';
import { FlowGlyph } from './flow-glyph';
import { layoutOf, type PlacedBlock } from './flow-layout';
import classes from './network-drawing.module.css';

interface NetworkDrawingProps {
  /** What is drawn, as a heading for those who don't see it. */
  readonly label: string;
  readonly flow: Flow;
  readonly testId?: string;
}

/** A network drawn as a few blocks: beside each other, or below each other on a narrow page. */
export function NetworkDrawing({ label, flow, testId }: NetworkDrawingProps) {
  const { ref, width } = useElementSize();
  const id = useId();
  const layout = useMemo(() => (width > 0 ? layoutOf(flow, width) : null), [flow, width]);
  return (
    <figure ref={ref} className={classes.drawing} aria-label={label} data-testid={testId}>
      <VisuallyHidden>
        <ol>
          {flowWords(flow).map((words, i) => (
            <li key={i}>{words}</li>
          ))}
        </ol>
      </VisuallyHidden>
      {layout && (
        <svg width={width} height={layout.height} aria-hidden>
          <defs>
            <marker
              id={`${id}arrow`}
              markerWidth="8"
              markerHeight="8"
              refX="5"
              refY="4"
              orient="auto"
            >
              <path d="M0 0.5L6 4L0 7.5z" className={classes.arrow} />
            </marker>
          </defs>
          {layout.paths.map((path) => (
            <path key={path} d={path} className={classes.path} markerEnd={`url(#${id}arrow)`} />
          ))}
          {layout.fork && (
            <>
              <circle cx={layout.fork.x} cy={layout.fork.y} r={3} className={classes.fork} />
              {flow.forkLabel && (
                <text
                  x={layout.fork.label[0]}
                  y={layout.fork.label[1]}
                  dy="0.32em"
                  className={classes.line}
                >
                  {flow.forkLabel}
                </text>
              )}
            </>
          )}
          {layout.placed.map((placed, i) => (
            <g key={i}>
              <FlowGlyph {...placed} />
              <Words {...placed} />
            </g>
          ))}
        </svg>
      )}
    </figure>
  );
}

function Words({ block, words }: PlacedBlock) {
  return (
    <text x={words.x} y={words.y} textAnchor={words.anchor}>
      <tspan x={words.x} dy="0.32em" className={classes.title}>
        {block.title}
      </tspan>
      {block.lines.map((line) => (
        <tspan key={line} x={words.x} dy="1.125rem" className={classes.line}>
          {line}
        </tspan>
      ))}
    </text>
  );
}
