/** How a run is told from others: by colour and by dashes. */
export interface RunStyle {
  readonly colour: string;
  /** Lengths of dashes and gaps, in pixels; empty for a line drawn through. */
  readonly dash: string;
}

/**
 * Four of Okabe and Ito's colours, which the colour-blind tell apart, and which stand out from both
 * grounds of the page; https://jfly.uni-koeln.de/color.
 */
const styles: readonly RunStyle[] = [
  { colour: '#0072b2', dash: '' },
  { colour: '#d55e00', dash: '8 4' },
  { colour: '#009e73', dash: '2 3' },
  { colour: '#cc79a7', dash: '9 3 2 3' },
];

/** The style of a run by its place: four differ. */
export const runStyle = (place: number): RunStyle => styles[place % styles.length]!;
