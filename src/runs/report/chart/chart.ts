import type { Hue } from '../../../evaluation/curve-styles';

/** What an axis measures. */
export interface ChartAxis {
  /** Written along the axis. */
  readonly title: string;
  /** Ends that are fixed; the others are round numbers beyond the values. */
  readonly ends?: readonly [low?: number, high?: number];
  /** From the lowest value to the highest; its ticks are powers of ten. */
  readonly isLogarithmic?: boolean;
  readonly isWhole?: boolean;
  /** Formats ticks and the figures in words; as short numbers by default. */
  readonly tick?: (value: number) => string;
}

/** A point; a y that isn't finite is a gap in the curve. */
export type ChartPoint = readonly [x: number, y: number];

/** A hue of reports, which follows their scheme, or a colour that stays what it is. */
export type Ink = Hue | `#${string}`;

/** A curve, its points in order of x. */
export interface ChartLine {
  readonly name: string;
  readonly hue: Ink;
  readonly dash?: string;
  readonly points: readonly ChartPoint[];
  /** Drawn behind others, thin. */
  readonly isFaint?: boolean;
  /** Holds each value until the next one. */
  readonly isStepped?: boolean;
  /** Every point is marked: there are few of them. */
  readonly isMarked?: boolean;
  /** What is outside of the range of the others is cut off. */
  readonly isCutOff?: boolean;
  /** Left out of the key: the title or the note says what it is. */
  readonly isUnnamed?: boolean;
}

/** The area between two values at every x. */
export interface ChartBand {
  readonly name: string;
  readonly hue: Ink;
  readonly points: readonly (readonly [x: number, low: number, high: number])[];
  /** A band of a curve that is named in the key already. */
  readonly isUnnamed?: boolean;
}

/** Points that no line joins. */
export interface ChartDots {
  readonly name: string;
  readonly hue: Ink;
  readonly points: readonly ChartPoint[];
}

/** A vertical line across the plot. */
export interface ChartRule {
  readonly at: number;
  readonly hue: Ink;
  readonly dash?: string;
}

/** A chart: all that is drawn, and what is said of it. */
export interface Chart {
  readonly title: string;
  /** A sentence below the title; none if there is nothing to add. */
  readonly note?: string;
  readonly x: ChartAxis;
  readonly y: ChartAxis;
  readonly lines: readonly ChartLine[];
  readonly bands?: readonly ChartBand[];
  readonly dots?: readonly ChartDots[];
  readonly rules?: readonly ChartRule[];
}

/** Points of a curve that a report draws, at most. */
export const MAX_POINTS = 500;
