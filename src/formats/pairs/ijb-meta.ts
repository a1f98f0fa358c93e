import { StudioError } from '../../core/studio-error';
import { textLines } from '../bytes/text-lines';

/**
 * The template and the media of each picture: `…_face_tid_mid.txt`, as parallel arrays in the
 * file's order.
 */
export interface IjbPictures {
  readonly names: readonly string[];
  readonly templates: Int32Array;
  readonly media: Int32Array;
}

/** Pairs of templates: `…_template_pair_label.txt`, parallel arrays. */
export interface IjbPairs {
  readonly first: Int32Array;
  readonly second: Int32Array;
  /** 1 where both are of one person. */
  readonly same: Uint8Array;
}

/** A detected face of a picture: `…_name_5pts_score.txt`. */
export interface IjbDetection {
  /** Five points of x and y, in pixels of the picture. */
  readonly points: readonly (readonly [number, number])[];
  /** The detector's score, about 0..1. */
  readonly score: number;
}

type Pieces = AsyncIterable<Uint8Array>;

/** @throws StudioError `bad-source` naming the line, what was found and what was expected */
export async function readIjbPictures(pieces: Pieces, file: string): Promise<IjbPictures> {
  const names: string[] = [];
  const [templates, media] = [new GrowingInts(), new GrowingInts()];
  await eachLine(pieces, file, ['name', 'template', 'media'], (words, line) => {
    names.push(words[0]!);
    templates.push(whole(words[1]!, file, line));
    media.push(whole(words[2]!, file, line));
  });
  return { names, templates: templates.values(), media: media.values() };
}

/**
 * Reads pairs of templates; a release has about sixteen million.
 * @param onProgress called with the number of pairs read so far, every 100,000 lines
 * @throws StudioError as {@link readIjbPictures}
 */
export async function readIjbPairs(
  pieces: Pieces,
  file: string,
  onProgress?: (pairs: number) => void,
): Promise<IjbPairs> {
  const [first, second, same] = [new GrowingInts(), new GrowingInts(), new GrowingInts()];
  await eachLine(pieces, file, ['template', 'template', 'label'], (words, line) => {
    first.push(whole(words[0]!, file, line));
    second.push(whole(words[1]!, file, line));
    const label = whole(words[2]!, file, line);
    if (label > 1) throw bad(file, line, `the label ${label}; 0 or 1 was expected`);
    same.push(label);
    if (line % 100_000 === 0) onProgress?.(line);
  });
  return { first: first.values(), second: second.values(), same: Uint8Array.from(same.values()) };
}

/** The release's own detections, by the picture's name. */
export type IjbDetections = Pick<ReadonlyMap<string, IjbDetection>, 'get'>;

/** Detections by the picture's name. @throws StudioError as {@link readIjbPictures} */
export async function readIjbDetections(pieces: Pieces, file: string): Promise<IjbDetections> {
  const found = new DetectionTable();
  const fields = ['name', ...Array<string>(NUMBERS - 1).fill('coordinate'), 'score'];
  await eachLine(pieces, file, fields, (words, line) => {
    const numbers = words.slice(1).map(Number);
    const wrong = numbers.findIndex((value) => !Number.isFinite(value));
    if (wrong >= 0)
      throw bad(file, line, `"${words[wrong + 1]!.slice(0, 40)}" where a number was expected`);
    if (!found.add(words[0]!, numbers))
      throw bad(file, line, `${words[0]!.slice(0, 80)} for a second time`);
  });
  return found;
}

/** Numbers of a detection: five points of x and y, and the score. */
const NUMBERS = 11;

/** Detections as columns of numbers: a release has half a million. */
class DetectionTable implements IjbDetections {
  readonly #rows = new Map<string, number>();
  #numbers = new Float64Array(NUMBERS * 1024);

  /** @returns false if there is one of this name */
  add(name: string, numbers: readonly number[]): boolean {
    if (this.#rows.has(name)) return false;
    const at = NUMBERS * this.#rows.size;
    if (at === this.#numbers.length) {
      const larger = new Float64Array(2 * at);
      larger.set(this.#numbers);
      this.#numbers = larger;
    }
    this.#numbers.set(numbers, at);
    this.#rows.set(name, this.#rows.size);
    return true;
  }

  get(name: string): IjbDetection | undefined {
    const row = this.#rows.get(name);
    if (row === undefined) return undefined;
    const numbers = this.#numbers.subarray(NUMBERS * row, NUMBERS * (row + 1));
    const points = Array.from(
      { length: 5 },
      (_, i) => [numbers[2 * i]!, numbers[2 * i + 1]!] as const,
    );
    return { points, score: numbers[10]! };
  }
}

async function eachLine(
  pieces: Pieces,
  file: string,
  fields: readonly string[],
  onLine: (words: readonly string[], line: number) => void,
): Promise<void> {
  let line = 0;
  for await (const lines of textLines(pieces)) {
    for (const text of lines) {
      line++;
      if (text === '') continue;
      const words = text.trim().split(/\s+/);
      if (words.length !== fields.length)
        throw bad(
          file,
          line,
          `${words.length} words; ${fields.length} were expected: ` +
            `${[...new Set(fields)].join(', ')}`,
        );
      onLine(words, line);
    }
  }
  if (line === 0)
    throw new StudioError(
      'bad-source',
      `${file} is empty.`,
      'Check that the release was unpacked whole.',
    );
}

function whole(text: string, file: string, line: number): number {
  if (!/^\d{1,9}$/.test(text))
    throw bad(file, line, `"${text.slice(0, 40)}" where a whole number was expected`);
  return Number(text);
}

function bad(file: string, line: number, found: string): StudioError {
  return new StudioError(
    'bad-source',
    `Line ${line} of ${file} has ${found}.`,
    'Check that it is the file of the release, and whole.',
  );
}

/** An array of whole numbers that grows as needed. */
class GrowingInts {
  #array = new Int32Array(1024);
  #count = 0;

  push(value: number): void {
    if (this.#count === this.#array.length) {
      const larger = new Int32Array(2 * this.#count);
      larger.set(this.#array);
      this.#array = larger;
    }
    this.#array[this.#count++] = value;
  }

  values(): Int32Array {
    return this.#array.slice(0, this.#count);
  }
}
