import { basename } from 'node:path';
import { confidenceSymbols } from '../../../confidence/methods';
import type { ChosenHead } from '../../heads/open-with-heads';
import { printable } from '../inspect-text';
import type { ReadPicture } from './picture-reader';

/** A percentile as the command line prints it: a whole number. */
export const percentileText = (percentile: number): string => String(Math.round(percentile));

/**
 * A line about a picture: its name, κ with its place among the head's validation pictures, the
 * embedding's norm, and which face was used.
 */
export function described(picture: ReadPicture, head: Pick<ChosenHead, 'method'> | null): string {
  const { path, embeddingNorm, found } = picture;
  const name = printable(basename(path));
  const norm = `‖embedding‖ ${embeddingNorm.toFixed(2)}`;
  const known = `${name}: ${[...confidenceText(picture, head), norm].join(', ')}`;
  if (!found) return `${known}; taken as an aligned crop`;
  const { left, top, width, height, turned } = usedFace(picture)!;
  const which = found.faces === 1 ? 'the only face' : `the main one of ${found.faces} faces`;
  const how = turned === 180 ? 'upside down' : 'on its side';
  const lies = turned === 0 ? '' : `; it lay ${how}, and was turned ${turned}° clockwise`;
  return `${known}; ${which}, ${width} × ${height} pixels at (${left}, ${top})${lies}`;
}

function confidenceText(
  { kappa, percentile, quality }: ReadPicture,
  head: Pick<ChosenHead, 'method'> | null,
): string[] {
  if (kappa === null || !head) return [];
  const place = [
    ...(percentile === null ? [] : [`percentile ${percentileText(percentile)}`]),
    ...(quality === null ? [] : [`quality ${quality}`]),
  ].join(', ');
  const value = `${confidenceSymbols[head.method]} ${kappa.toPrecision(4)}`;
  return [place === '' ? value : `${value} (${place})`];
}

/** The face that was used, for JSON: in whole pixels of the picture, and degrees clockwise. */
export function usedFace({ found }: Pick<ReadPicture, 'found'>) {
  if (!found) return null;
  const { box, turned } = found.face;
  const [left, top, width, height] = [box.left, box.top, box.width, box.height].map(Math.round);
  return { left, top, width, height, score: box.score, turned, of: found.faces };
}
