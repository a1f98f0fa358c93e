/*
 * Colours that can be told apart side by side, also by most colour-blind people: after M. Okabe and
 * K. Ito, darker on light ground and lighter on dark.
 */
const COLOURS = {
  light: ['#0072b2', '#d55e00', '#00876a', '#c2569a', '#9a7500', '#4aa3df', '#8b1e3f', '#6a3fc1'],
  dark: ['#4da6e8', '#ff9147', '#1fc99c', '#f08cc4', '#e3c13c', '#a5d8ff', '#e0566f', '#b39bff'],
} as const;

/** What a picture's dot looks like, where colours alone no longer do. */
export type MarkShape = 'square' | 'circle' | 'triangle';
const SHAPES: readonly MarkShape[] = ['square', 'circle', 'triangle'];

/** The mark of a person on the map: no two people have the same. */
export interface PersonMark {
  /** Index of a colour for {@link colourOf}. */
  readonly colour: number;
  readonly shape: MarkShape;
}

/** People with a mark of their own, at most. */
export const MARKED_PEOPLE = COLOURS.light.length * SHAPES.length;

/**
 * The marks of the people who came first: all colours with one shape, then with the next. A person
 * keeps the mark while the map grows.
 * @param labels of the pictures, in the order in which they came
 */
export function marksOf(labels: ArrayLike<number>): ReadonlyMap<number, PersonMark> {
  const marks = new Map<number, PersonMark>();
  for (let at = 0; at < labels.length && marks.size < MARKED_PEOPLE; at++) {
    const label = labels[at]!;
    if (marks.has(label)) continue;
    const colour = marks.size % COLOURS.light.length;
    marks.set(label, { colour, shape: SHAPES[Math.floor(marks.size / COLOURS.light.length)]! });
  }
  return marks;
}

/** A mark's colour; grey for people without one. */
export function colourOf(mark: PersonMark | undefined, isDark: boolean): string {
  if (!mark) return isDark ? '#7d838a' : '#9a9a94';
  return COLOURS[isDark ? 'dark' : 'light'][mark.colour]!;
}

/** Adds a mark's outline to a path; squares for people without one. */
export function addMark(
  path: Pick<Path2D, 'rect' | 'arc' | 'moveTo' | 'lineTo' | 'closePath'>,
  shape: MarkShape | undefined,
  [x, y]: readonly [number, number],
  radius: number,
): void {
  if (shape === 'circle') {
    path.moveTo(x + 1.15 * radius, y);
    path.arc(x, y, 1.15 * radius, 0, 2 * Math.PI);
  } else if (shape === 'triangle') {
    path.moveTo(x, y - 1.4 * radius);
    path.lineTo(x + 1.3 * radius, y + radius);
    path.lineTo(x - 1.3 * radius, y + radius);
    path.closePath();
  } else path.rect(x - radius, y - radius, 2 * radius, 2 * radius);
}

/** Who has a mark, in words. */
export function markWords(people: number): string {
  if (people <= MARKED_PEOPLE) return 'Each person has a colour and shape of their own.';
  const others = people - MARKED_PEOPLE;
  return (
    `The first ${MARKED_PEOPLE} people have a colour and shape of their own; ` +
    `the other ${others} ${others === 1 ? 'is' : 'are'} grey, until you point at one.`
  );
}

/** How opaque something of a person is, while a person may be pointed at. */
export function strengthOf(
  label: number,
  person: number | null,
  usual: number,
  pointed: number,
): number {
  if (person === null) return usual;
  return label === person ? pointed : 0.18 * usual;
}
