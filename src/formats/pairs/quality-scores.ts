import { counted } from '../../core/number-words';
import { StudioError } from '../../core/studio-error';

/** A line of a file of qualities. */
export interface QualityScore {
  /** As the file names it, with `/` as separator. */
  readonly picture: string;
  readonly score: number;
  /** From 1. */
  readonly line: number;
}

/** Bytes of a file of qualities: a million pictures with long paths. */
export const MAX_QUALITY_BYTES = 100 * 2 ** 20;
/** Characters of a line: the longest path of a system, and a number. */
const MAX_LINE = 4096 + 64;
/** Characters of a line that an error quotes. */
const MAX_QUOTED = 60;

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
const SEPARATOR = /[ \t,]/;

/**
 * Reads a file of qualities as CR-FIQA, MagFace, SER-FIQ and eDifFIQA write them: lines of
 * `picture score`, separated by spaces, tabs or a comma. The score is the last field, so a
 * picture's path may hold spaces. Empty lines are passed over.
 * @param name for messages
 * @throws StudioError `bad-source` naming the line, for a line without a picture or a finite score,
 * for a picture with two different scores, and for a file that is too large or empty
 */
export function readQualityScores(bytes: Uint8Array, name: string): QualityScore[] {
  requireQualitySize(bytes.length, name);
  const text = new TextDecoder().decode(bytes);
  const found: QualityScore[] = [];
  const known = new Map<string, QualityScore>();
  let line = 0;
  for (let start = 0; start < text.length; line++) {
    const newline = text.indexOf('\n', start);
    const end = newline < 0 ? text.length : newline;
    if (end - start > MAX_LINE)
      throw bad(
        name,
        `Line ${line + 1} has ${counted(end - start, 'character')}; at most ${MAX_LINE} were ` +
          'expected.',
      );
    const content = text.slice(start, end).trim();
    start = end + 1;
    if (content === '') continue;
    const score = scoreOf(content, line + 1, name);
    const before = known.get(score.picture);
    if (before && before.score !== score.score)
      throw bad(
        name,
        `Lines ${before.line} and ${line + 1} give ${quoted(score.picture)} two scores, ` +
          `${before.score} and ${score.score}.`,
      );
    if (before) continue;
    known.set(score.picture, score);
    found.push(score);
  }
  if (found.length === 0) throw bad(name, 'It is empty.');
  return found;
}

/** @throws StudioError `bad-source` for a file that is too large to be one of qualities */
export function requireQualitySize(bytes: number, name: string): void {
  if (bytes > MAX_QUALITY_BYTES)
    throw bad(
      name,
      `It has ${counted(bytes, 'byte')}; at most ${counted(MAX_QUALITY_BYTES, 'byte')} were ` +
        'expected.',
    );
}

/**
 * Whether a text begins like a file of qualities, and not like a list of pairs, whose last words
 * are numbers of pictures.
 */
export function looksLikeQualities(start: string): boolean {
  const first = start.split('\n').find((line) => line.trim() !== '');
  if (first === undefined) return false;
  const { picture, text } = splitLine(first.trim());
  if (picture === '' || !NUMBER.test(text)) return false;
  return PICTURE.test(picture) || (!SEPARATOR.test(picture) && !/^\d+$/.test(picture));
}

/** The endings of pictures' names, which one file may have and another leave out. */
export const PICTURE = /\.(?:jpe?g|png|webp|bmp|gif|avif|tiff?|heic|p[bgpn]m)$/i;

function scoreOf(content: string, line: number, name: string): QualityScore {
  const { picture, text } = splitLine(content);
  if (picture === '')
    throw bad(name, `Line ${line} is ${quoted(content)}; "picture score" was expected.`);
  const score = NUMBER.test(text) ? Number(text) : NaN;
  if (!Number.isFinite(score))
    throw bad(name, `Line ${line} ends in ${quoted(text)}, where a finite number was expected.`);
  return { picture: picture.replaceAll('\\', '/').replace(/^(?:\.\/)+/, ''), score, line };
}

/** The last field of a line, and all before it. */
function splitLine(content: string): { readonly picture: string; readonly text: string } {
  let at = content.length;
  while (at > 0 && !SEPARATOR.test(content[at - 1]!)) at--;
  let end = at;
  while (end > 0 && SEPARATOR.test(content[end - 1]!)) end--;
  return { picture: content.slice(0, end), text: content.slice(at) };
}

const quoted = (text: string): string =>
  `"${text.length > MAX_QUOTED ? `${text.slice(0, MAX_QUOTED)}…` : text}"`;

function bad(name: string, message: string): StudioError {
  return new StudioError(
    'bad-source',
    `${name} is not a file of qualities. ${message}`,
    'Choose a text with lines of "picture score".',
  );
}
