import { StudioError } from '../../core/studio-error';
import type { TensorDtype, TensorEntry, TensorFile } from '../../formats/tensors/tensor-file';

/** Where class centres lie in one file. */
export interface CentrePart {
  readonly file: TensorFile;
  readonly entry: TensorEntry;
  /** Kept as [d, C], as Keras and some PyTorch heads keep a kernel. */
  readonly isTransposed: boolean;
  readonly classes: number;
  /** Of the process that trained these rows, where the file's name says. */
  readonly rank: number | null;
  /** What it was recognised as, in words; parts of one layer have the same. */
  readonly form: string;
}

const FLOATS: readonly TensorDtype[] = ['F64', 'F32', 'F16', 'BF16'];

/** Names that say it all, whatever else the file holds. */
const certainNames: ReadonlyMap<string, string> = new Map([
  ['arc_face_state_dict.weight', "the published code's FC layer (arc_face_state_dict.weight)"],
  [
    'state_dict_softmax_fc.weight',
    "the FC layer in InsightFace's checkpoint (state_dict_softmax_fc.weight)",
  ],
]);

/** What wraps a classifier, and what heads of face networks are called. */
const WRAPPERS =
  'module|model|net|network|state_dict|model_state_dict|head|heads|arc_?face|arc_?margin|cos_?face|margin|margin_fc|softmax_fc|fc|classifier|metric_fc|loss|criterion|product';
const likelyName = new RegExp(
  `^(?:(?:(?:${WRAPPERS})\\.)*(?:weight|kernel)|centres|centers|prototypes)$`,
  'i',
);

/** Momentum that InsightFace kept beside its weights: of the same shape, and no centres. */
export function isMomentum({ name }: Pick<TensorFile, 'name'>): boolean {
  return /softmax_weight_mom/i.test(name);
}

/**
 * `rank:3_softmax_weight.pt` (its colon as other systems write it), `softmax_fc_gpu_3.pt`, `checkpoint_gpu_3.pt`.
 */
function rankOf(name: string): number | null {
  const digits = /(?:rank|gpu|split)[^a-z0-9]{0,3}(\d{1,6})(?!\d)/i.exec(
    name.replace(/%3a/gi, ':').split(/[\\/]/).at(-1)!,
  )?.[1];
  return digits === undefined ? null : Number(digits);
}

/**
 * Finds class centres of dimension d among a file's arrays, by the names that training codes give
 * them; or the only matrix, whatever its name. Where C = d the matrix is taken as [C, d].
 * @throws StudioError `bad-checkpoint` where there is none, or more than one that may be it
 */
export function findCentres(file: TensorFile, dimension: number): CentrePart {
  const entries = [...file.entries.values()];
  const certain = entries.find(({ name }) => certainNames.has(name));
  // A network's own layers: their matrices are no centres, and [512, 25088] would be taken for
  // 25,088 of them.
  const isNetwork = entries.some(({ shape }) => shape.length === 4);
  const likely = entries.filter(
    (entry) =>
      (entry.name === '' || likelyName.test(entry.name)) && isCentres(entry, dimension, !isNetwork),
  );
  const matrices = entries.filter(({ shape }) => shape.length === 2);
  const only = matrices.length === 1 && !isNetwork ? matrices : [];
  const found = certain ? [certain] : likely.length > 0 ? likely : only;
  const [entry] = found;
  if (!entry || !isCentres(entry, dimension, true))
    throw bad(
      file,
      `It holds ${listed(entries)}; class centres as [classes, ${dimension}] were expected.`,
      dimension,
    );
  if (found.length > 1)
    throw bad(file, `${listed(found)} may all be class centres; one was expected.`, dimension);
  if (!FLOATS.includes(entry.dtype))
    throw bad(
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

function isCentres({ shape }: TensorEntry, dimension: number, mayBeTransposed: boolean): boolean {
  return (
    shape.length === 2 &&
    shape[0]! > 0 &&
    shape[1]! > 0 &&
    (shape[1] === dimension || (mayBeTransposed && shape[0] === dimension))
  );
}

function formOf(file: TensorFile, { name }: TensorEntry, isTransposed: boolean): string {
  const certain = certainNames.get(name);
  if (certain) return certain;
  const turned = isTransposed ? ', transposed' : '';
  if (/softmax_fc_gpu/i.test(file.name)) return `InsightFace's FC layer (softmax_fc_gpu)${turned}`;
  if (/softmax_weight/i.test(file.name) && name === '')
    return `bare softmax weights, as InsightFace's code of 2021 kept them${turned}`;
  return name === '' ? `a bare matrix${turned}` : `the matrix "${name}"${turned}`;
}

/**
 * Puts the parts of a layer that several processes trained in their order.
 * @throws StudioError `bad-checkpoint` for a rank that is missing or there twice, and for parts
 * that are not of one layer
 */
export function inRankOrder(parts: readonly CentrePart[], dimension: number): CentrePart[] {
  const first = parts[0]!;
  if (parts.length === 1 && first.rank === null) return [first];
  const nameless = parts.find(({ rank }) => rank === null);
  if (nameless)
    throw bad(
      nameless.file,
      `${parts.length} files were given, and its name doesn't say which part it is; one ` +
        'such as softmax_fc_gpu_0.pt was expected.',
      dimension,
    );
  const ordered = [...parts].sort((a, b) => a.rank! - b.rank!);
  for (const [at, part] of ordered.entries()) {
    const before = ordered[at - 1];
    if (part.rank === before?.rank)
      throw bad(
        part.file,
        `Rank ${part.rank} is there twice, in ${before!.file.name} too; each was expected once.`,
        dimension,
      );
    if (part.rank !== at)
      throw bad(
        part.file,
        `The ranks given are ${ordered.map(({ rank }) => rank).join(', ')}; rank ${at} is ` +
          'missing, and all from 0 on were expected.',
        dimension,
      );
    if (before && part.form !== before.form)
      throw bad(
        part.file,
        `It holds ${part.form}, and ${before.file.name} ${before.form}; parts of one layer ` +
          'were expected.',
        dimension,
      );
    // Classes are dealt out evenly, what is over to the first ones.
    if (before && part.classes > before.classes)
      throw bad(
        part.file,
        `It has ${part.classes} rows, more than the ${before.classes} of ` +
          `${before.file.name}; parts of one layer are as many or fewer from rank to rank.`,
        dimension,
      );
  }
  return ordered;
}

const MAX_NAMES = 5;

function listed(entries: readonly TensorEntry[]): string {
  const shown = entries
    .slice(0, MAX_NAMES)
    .map(({ name, shape }) => `${name || 'an array without a name'} [${shape.join(', ')}]`);
  return (
    (shown.join(', ') || 'no arrays') +
    (entries.length > MAX_NAMES ? ` and ${entries.length - MAX_NAMES} more` : '')
  );
}

/** A file whose class centres can't be taken, and why. */
export function bad(
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
