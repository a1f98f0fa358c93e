import { StudioError } from '../../core/studio-error';
import type { TensorDtype, TensorEntry, TensorFile } from '../../formats/tensors/tensor-file';

/** The array of class centres in one file: all of them, or the part of one rank. */
export interface CentrePart {
  readonly file: TensorFile;
  readonly entry: TensorEntry;
  /** Whether it is stored as [d, C], like a kernel of Keras or of some PyTorch heads. */
  readonly isTransposed: boolean;
  readonly classes: number;
  /** Rank of the process that trained these rows, from the file's name; null without one. */
  readonly rank: number | null;
  /** The recognised form, in words. The same for all parts of one layer. */
  readonly form: string;
}

const FLOATS: readonly TensorDtype[] = ['F64', 'F32', 'F16', 'BF16'];

/** Array names that are class centres for certain, whatever else the file holds, in words. */
const CERTAIN_NAMES: ReadonlyMap<string, string> = new Map([
  ['arc_face_state_dict.weight', "the published code's FC layer (arc_face_state_dict.weight)"],
  [
    'state_dict_softmax_fc.weight',
    "the FC layer in InsightFace's checkpoint (state_dict_softmax_fc.weight)",
  ],
]);

/** Names of modules that wrap a classifier, and of the heads of face networks. */
const WRAPPERS =
  'module|model|net|network|state_dict|model_state_dict|head|heads|arc_?face|arc_?margin|' +
  'cos_?face|margin|margin_fc|softmax_fc|fc|classifier|metric_fc|loss|criterion|product';
const LIKELY_NAME = new RegExp(
  `^(?:(?:(?:${WRAPPERS})\\.)*(?:weight|kernel)|centres|centers|prototypes)$`,
  'i',
);

/** Whether a file is the momentum that InsightFace saved with its weights, in the same shape. */
export function isMomentum({ name }: Pick<TensorFile, 'name'>): boolean {
  return /softmax_weight_mom/i.test(name);
}

/**
 * The rank in a file's name: `rank:3_softmax_weight.pt` (systems may replace the colon),
 * `softmax_fc_gpu_3.pt`, `checkpoint_gpu_3.pt`.
 */
function rankOf(name: string): number | null {
  const digits = /(?:rank|gpu|split)[^a-z0-9]{0,3}(\d{1,6})(?!\d)/i.exec(
    name.replace(/%3a/gi, ':').split(/[\\/]/).at(-1)!,
  )?.[1];
  return digits === undefined ? null : Number(digits);
}

/**
 * Finds class centres of dimension d among a file's arrays by the usual names in training code;
 * failing that, the file's only matrix. If C = d the matrix is taken as [C, d].
 * @throws StudioError `bad-checkpoint` if there are none, or several candidates
 */
export function findCentres(file: TensorFile, dimension: number): CentrePart {
  const entries = [...file.entries.values()];
  const certain = entries.find(({ name }) => CERTAIN_NAMES.has(name));
  // The matrices of a network's own layers are not centres: [512, 25088] would be taken for 25,088
  // transposed ones.
  const isNetwork = entries.some(({ shape }) => shape.length === 4);
  const likely = entries.filter(
    (entry) =>
      (entry.name === '' || LIKELY_NAME.test(entry.name)) &&
      isCentres(entry, dimension, !isNetwork),
  );
  const matrices = entries.filter(({ shape }) => shape.length === 2);
  const single = matrices.length === 1 && !isNetwork ? matrices : [];
  const found = firstNonEmpty(certain ? [certain] : [], likely, single);
  const [entry] = found;
  if (!entry || !isCentres(entry, dimension, true))
    throw badCentres(
      file,
      `It holds ${listed(entries)}; class centres as [classes, ${dimension}] were expected.`,
      dimension,
    );
  if (found.length > 1)
    throw badCentres(
      file,
      `${listed(found)} may all be class centres; one was expected.`,
      dimension,
    );
  if (!FLOATS.includes(entry.dtype))
    throw badCentres(
      file,
      `Its "${entry.name}" holds ${entry.dtype}; one of ${FLOATS.join(', ')} was expected.`,
      dimension,
    );
  const isTransposed = entry.shape[1] !== dimension;
  return {
    file,
    entry,
    isTransposed,
    classes: entry.shape[isTransposed ? 1 : 0]!,
    rank: rankOf(file.name),
    form: formOf(file, entry, isTransposed),
  };
}

const firstNonEmpty = <T>(...lists: readonly (readonly T[])[]): readonly T[] =>
  lists.find(({ length }) => length > 0) ?? [];

function isCentres({ shape }: TensorEntry, dimension: number, mayBeTransposed: boolean): boolean {
  return (
    shape.length === 2 &&
    shape[0]! > 0 &&
    shape[1]! > 0 &&
    (shape[1] === dimension || (mayBeTransposed && shape[0] === dimension))
  );
}

function formOf(file: TensorFile, { name }: TensorEntry, isTransposed: boolean): string {
  const certain = CERTAIN_NAMES.get(name);
  if (certain) return certain;
  const suffix = isTransposed ? ', transposed' : '';
  if (/softmax_fc_gpu/i.test(file.name)) return `InsightFace's FC layer (softmax_fc_gpu)${suffix}`;
  if (/softmax_weight/i.test(file.name) && name === '')
    return `bare softmax weights, as InsightFace's code of 2021 kept them${suffix}`;
  return name === '' ? `a bare matrix${suffix}` : `the matrix "${name}"${suffix}`;
}

/**
 * Orders the parts of a layer that several processes trained by their ranks.
 * @throws StudioError `bad-checkpoint` for a missing or repeated rank, and for parts of different
 * layers
 */
export function inRankOrder(parts: readonly CentrePart[], dimension: number): CentrePart[] {
  const first = parts[0]!;
  if (parts.length === 1 && first.rank === null) return [first];
  const nameless = parts.find(({ rank }) => rank === null);
  if (nameless)
    throw badCentres(
      nameless.file,
      `${parts.length} files were given, and its name doesn't say which part it is; one ` +
        'such as softmax_fc_gpu_0.pt was expected.',
      dimension,
    );
  const ordered = [...parts].sort((a, b) => a.rank! - b.rank!);
  for (const [at, part] of ordered.entries()) {
    const before = ordered[at - 1];
    if (part.rank === before?.rank)
      throw badCentres(
        part.file,
        `Rank ${part.rank} is there twice, in ${before!.file.name} too; each was expected once.`,
        dimension,
      );
    if (part.rank !== at)
      throw badCentres(
        part.file,
        `The ranks given are ${ordered.map(({ rank }) => rank).join(', ')}; rank ${at} is ` +
          'missing, and all from 0 on were expected.',
        dimension,
      );
    if (before && part.form !== before.form)
      throw badCentres(
        part.file,
        `It holds ${part.form}, and ${before.file.name} ${before.form}; parts of one layer ` +
          'were expected.',
        dimension,
      );
    // Classes are divided evenly, and the remainder goes to the first ranks.
    if (before && part.classes > before.classes)
      throw badCentres(
        part.file,
        `It has ${part.classes} rows, more than the ${before.classes} of ` +
          `${before.file.name}; parts of one layer are as many or fewer from rank to rank.`,
        dimension,
      );
  }
  return ordered;
}

const MAX_LISTED_ARRAYS = 5;

function listed(entries: readonly TensorEntry[]): string {
  const shown = entries
    .slice(0, MAX_LISTED_ARRAYS)
    .map(({ name, shape }) => `${name || 'an array without a name'} [${shape.join(', ')}]`);
  return (
    (shown.join(', ') || 'no arrays') +
    (entries.length > MAX_LISTED_ARRAYS ? ` and ${entries.length - MAX_LISTED_ARRAYS} more` : '')
  );
}

/** The error for a file that can't be used as class centres. */
export function badCentres(
  { name }: Pick<TensorFile, 'name'>,
  found: string,
  dimension: number,
): StudioError {
  return new StudioError(
    'bad-checkpoint',
    `${name} can't be used as class centres. ${found}`,
    'Choose the FC layer of the classifier that the backbone was trained with, all its ' +
      `parts together, of dimension ${dimension}.`,
  );
}
