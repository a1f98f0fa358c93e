import type { AxisRange } from '../axis-ends';

/**
 * What an axis measures, and its ticks. Give `bounds` wherever the quantity has natural ones: the
 * axis never leaves them.
 */
export interface ChartAxis extends AxisRange {
  /** Written beside the axis, with its unit. */
  readonly title: string;
  /** Its name in what is read aloud; the title by default. */
  readonly name?: string;
  /** Formats a tick with so many figures; as a short number by default. */
  readonly tick?: (value: number, figures: number) => string;
  /** Formats a value that is read; with five figures by default. */
  readonly inFull?: (value: number) => string;
  /** The values of the ticks; round numbers by default. */
  readonly ticks?: readonly number[];
  readonly isWhole?: boolean;
}

/** A value of an axis as it is read. */
export const valueText = ({ inFull }: ChartAxis, value: number): string =>
  inFull ? inFull(value) : String(+value.toPrecision(5));
