import {
  scorePairsBy,
  sideMeans,
  type EvaluatedPair,
  type MethodInUse,
  type SideValues,
} from '../../evaluation/evaluated-pairs';
import type { ExternalQuality } from '../../evaluation/discard/pair-qualities';
import { csvCell } from '../../evaluation/results-table';
import { createMethod } from '../../confidence/methods';

/** The pairs of a protocol with their faces and the names of their pictures: parallel arrays. */
export interface ScoredProtocol {
  readonly name: string;
  /** The seed of the degradations; null if nothing is degraded. */
  readonly degradeSeed: number | null;
  readonly pairs: readonly EvaluatedPair[];
  /** The pictures of each side; a template has several. */
  readonly pictures: readonly { readonly a: readonly string[]; readonly b: readonly string[] }[];
  readonly methods: readonly MethodInUse[];
  readonly external: readonly ExternalQuality[];
}

/** Stands between the pictures of a template. */
const PICTURES = ';';

/**
 * Every pair as comma-separated values (RFC 4180), a line each: protocol, seed of its degradations,
 * pictures, genuine (1 or 0), cos θ, every method's score, and of both sides the confidence of
 * every method with a head and all qualities. A cell is empty where there is no such number.
 * @param hasHead whether the line of column names comes first
 */
export function scoresCsv(protocol: ScoredProtocol, hasHead: boolean): string {
  const { name, degradeSeed, pairs, pictures, methods, external } = protocol;
  const scored = methods.map((use) => scorePairsBy(use, pairs));
  const cosine = scorePairsBy({ method: createMethod('cosine', { radius: 1 }), head: null }, pairs);
  const sides: [string, SideValues | null][] = [
    ...methods.flatMap(({ method }, i): [string, SideValues | null][] => {
      const { confidence } = scored[i]!;
      return confidence ? [[`${symbolOf(method.name)}:${method.name}`, confidence]] : [];
    }),
    ['embeddingNorm', sideMeans(pairs, ({ embeddingNorm }) => embeddingNorm)],
    ['detectorScore', sideMeans(pairs, ({ detectorScore }) => detectorScore)],
    ['faceSize', sideMeans(pairs, ({ faceSize }) => faceSize)],
    ['sharpness', sideMeans(pairs, ({ sharpness }) => sharpness)],
    ...external.map((each): [string, SideValues | null] => [
      each.name,
      'sides' in each ? each.sides : null,
    ]),
  ];
  const head = [
    'protocol',
    'degradeSeed',
    'a',
    'b',
    'genuine',
    'cosTheta',
    ...methods.map(({ method }) => `score:${method.name}`),
    ...sides.flatMap(([column]) => [`${column}:a`, `${column}:b`]),
  ];
  const lines = pairs.map(({ same }, i) => [
    name,
    degradeSeed ?? '',
    pictures[i]!.a.join(PICTURES),
    pictures[i]!.b.join(PICTURES),
    same ? 1 : 0,
    cosine.scores[i]!,
    ...scored.map(({ scores }) => scores[i]!),
    ...sides.flatMap(([, values]) => [values?.a[i] ?? NaN, values?.b[i] ?? NaN]),
  ]);
  const lineOf = (cells: readonly (string | number)[]) =>
    cells.map((cell) => (Number.isNaN(cell) ? '' : csvCell(cell))).join(',') + '\r\n';
  return (hasHead ? lineOf(head) : '') + lines.map(lineOf).join('');
}

/** `kappa` for methods whose confidence is κ, `confidence` for the others. */
const symbolOf = (method: MethodInUse['method']['name']): string =>
  method === 'scf-g' || method === 'pfe-g' ? 'confidence' : 'kappa';
