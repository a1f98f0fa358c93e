import type { ConfidentFace } from '../../confidence/confidence-method';

/**
 * Synthetic templates and pairs, made by a hash that gives the same numbers in every language. The
 * scoring of a whole release is tested with them against golden numbers. They contain no features
 * of real people.
 */
export interface SyntheticRelease {
  readonly templates: readonly ConfidentFace[];
  readonly first: Int32Array;
  readonly second: Int32Array;
  readonly same: Uint8Array;
}

const DIMENSION = 512;
const TEMPLATES_EACH = 5;

/**
 * @param people number of people; each has five templates, and all their ten pairs are included
 * @param pairs in all; those beyond the genuine ones are of two people, drawn by the hash
 */
export function syntheticRelease(people: number, pairs: number): SyntheticRelease {
  const count = people * TEMPLATES_EACH;
  const templates = Array.from({ length: count }, (_, template): ConfidentFace => {
    const person = Math.floor(template / TEMPLATES_EACH);
    const level = 1 + 5 * (uniform(3, template) + 0.5);
    const values = Float64Array.from(
      { length: DIMENSION },
      (_, i) => uniform(1, person * DIMENSION + i) + level * uniform(2, template * DIMENSION + i),
    );
    const length = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
    return {
      mu: Float32Array.from(values, (value) => value / length),
      concentration: Float32Array.of((DIMENSION * Math.sqrt(1 + level * level)) / (level * level)),
    };
  });
  const [first, second, same] = [
    new Int32Array(pairs),
    new Int32Array(pairs),
    new Uint8Array(pairs),
  ];
  let at = 0;
  for (let person = 0; person < people; person++) {
    for (let a = 0; a < TEMPLATES_EACH; a++) {
      for (let b = a + 1; b < TEMPLATES_EACH; b++) {
        first[at] = person * TEMPLATES_EACH + a;
        second[at] = person * TEMPLATES_EACH + b;
        same[at] = 1;
        at++;
      }
    }
  }
  for (let k = 0; at < pairs; at++, k++) {
    const [a, b] = [hash(4, 2 * k) % count, hash(4, 2 * k + 1) % count];
    const isSame = Math.floor(a / TEMPLATES_EACH) === Math.floor(b / TEMPLATES_EACH);
    first[at] = a;
    second[at] = isSame ? (b + TEMPLATES_EACH) % count : b;
  }
  return { templates, first, second, same };
}

/** −½ to ½. */
const uniform = (stream: number, index: number): number => hash(stream, index) / 2 ** 32 - 0.5;

/** 32 bits: murmur3's finaliser over the index times an odd constant, with an offset per stream. */
function hash(stream: number, index: number): number {
  let h = (Math.imul(index, 0x9e3779b9) + Math.imul(stream, 0x85ebca6b)) | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
