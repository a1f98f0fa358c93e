import type { ChartWords } from '../chart-frame';
import type { LegendEntry } from '../chart-legend';
import { FONT, textWidth } from '../plane/text-width';

const [MARGIN, TITLE_SIZE, TEXT_SIZE, LINE, SAMPLE] = [16, 16, 13, 20, 26];
const SVG = 'http://www.w3.org/2000/svg';
const [INK, DIMMED] = ['var(--mantine-color-text)', 'var(--mantine-color-dimmed)'];

/** What stands around the drawing in the picture. */
export interface PictureWords extends ChartWords {
  readonly legend: readonly LegendEntry[];
}

/**
 * The drawing of a chart as an SVG that stands alone, on white, with title, description and legend:
 * no style sheet, variable or script of the page is left in it. What is switched off is left out.
 * @param drawing as it is on the page
 * @param size its width and height, in pixels
 * @param written writes colours out
 */
export function standaloneSvg(
  drawing: SVGSVGElement,
  size: { readonly width: number; readonly height: number },
  { title, description = '', legend }: PictureWords,
  written: (text: string) => string,
): string {
  const { width, height } = size;
  // Another font may be wider, where Inter isn't there.
  const room = 0.92 * width;
  const shown = legend.filter(({ toggle }) => toggle?.isShown !== false);
  const heading = lines(wrapped(title, room, TITLE_SIZE, 600), MARGIN, TITLE_SIZE, {
    'font-weight': 600,
    fill: INK,
  });
  const below = lines(wrapped(description, room, TEXT_SIZE), heading.bottom, TEXT_SIZE, {
    fill: DIMMED,
  });
  const keys = legendOf(shown, below.bottom + 4, room);
  const top = keys.bottom + 8;
  const [fullWidth, fullHeight] = [Math.ceil(width) + 2 * MARGIN, Math.ceil(top + height + 8)];
  const picture = element(
    'svg',
    {
      width: fullWidth,
      height: fullHeight,
      viewBox: `0 0 ${fullWidth} ${fullHeight}`,
      'font-family': FONT,
      style: 'font-variant-numeric:tabular-nums',
    },
    element('title', {}, title),
    element('rect', { width: '100%', height: '100%', fill: '#ffffff' }),
    ...heading.elements,
    ...below.elements,
    ...keys.elements,
    standingAlone(drawing, { x: MARGIN, y: top, width, height }),
  );
  return written(new XMLSerializer().serializeToString(picture));
}

type Attributes = Readonly<Record<string, string | number | undefined>>;

function element(
  name: string,
  attributes: Attributes,
  ...content: (Element | string)[]
): SVGElement {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes))
    if (value !== undefined) made.setAttribute(key, String(value));
  made.append(...content);
  return made;
}

/** A copy of the drawing at its place, without what only the page needs. */
function standingAlone(drawing: SVGSVGElement, place: Attributes): SVGElement {
  const copy = drawing.cloneNode(true) as SVGSVGElement;
  for (const each of [copy, ...copy.querySelectorAll('*')])
    for (const { name } of [...each.attributes])
      if (/^(class|tabindex|role|aria-.*|data-.*)$/.test(name)) each.removeAttribute(name);
  copy.removeAttribute('style');
  for (const [name, value] of Object.entries(place)) copy.setAttribute(name, String(value));
  return copy;
}

interface Placed {
  readonly elements: readonly SVGElement[];
  readonly bottom: number;
}

function lines(
  texts: readonly string[],
  top: number,
  size: number,
  attributes: Attributes,
): Placed {
  const each = size + 6;
  return {
    elements: texts.map((text, i) =>
      element(
        'text',
        { x: MARGIN, y: top + i * each + size, 'font-size': size, ...attributes },
        text,
      ),
    ),
    bottom: top + texts.length * each,
  };
}

function legendOf(legend: readonly LegendEntry[], top: number, room: number): Placed {
  let [x, y] = [MARGIN, top];
  const elements = legend.flatMap(({ name, colour, dash }) => {
    const width = SAMPLE + 6 + textWidth(name, TEXT_SIZE) + 18;
    if (x > MARGIN && x + width > MARGIN + room) [x, y] = [MARGIN, y + LINE];
    const [middle, start] = [y + 6, x];
    x += width;
    const sample =
      dash === undefined
        ? element('circle', { cx: start + SAMPLE / 2, cy: middle, r: 4, fill: colour })
        : element('path', {
            d: `M${start} ${middle}h${SAMPLE}`,
            stroke: colour,
            'stroke-width': 2.2,
            'stroke-dasharray': dash || undefined,
          });
    const place = { x: start + SAMPLE + 6, y: middle + 4.5 };
    return [sample, element('text', { ...place, 'font-size': TEXT_SIZE, fill: DIMMED }, name)];
  });
  return { elements, bottom: legend.length > 0 ? y + LINE - 6 : top - 8 };
}

/** A text in lines that fit. */
function wrapped(text: string, room: number, size: number, weight = 400): string[] {
  const found: string[] = [];
  for (const word of text.split(' ').filter((each) => each !== '')) {
    const last = found.at(-1);
    const longer = last === undefined ? word : `${last} ${word}`;
    if (last !== undefined && textWidth(longer, size, weight) <= room)
      found[found.length - 1] = longer;
    else found.push(word);
  }
  return found;
}
