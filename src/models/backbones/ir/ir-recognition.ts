import { StudioError } from '../../../core/studio-error';
import type { TensorEntry, TensorFile } from '../../../formats/tensors/tensor-file';
import { BODY_SIDE, irName, type IrLayout, type IrUnit } from './ir-layout';
import { irModules, type IrModules } from './ir-modules';
import { refuseMismatch, type ExpectedTensor } from './ir-mismatch';
import { KNOWN_LAYOUTS, notIr } from './ir-unknown';

type Shape = readonly number[];

/**
 * Recognises an IR network by the names and shapes of a file's arrays. The numbers of channels and
 * units and the embedding's length may be any; pictures are 112 × 112.
 *
 * A common prefix of the network's names (`module.`, `state_dict_backbone.`) is found and stripped.
 * If there is one, arrays without it are ignored, such as the class centres or the optimiser's
 * state of a training checkpoint. `num_batches_tracked` is always ignored.
 * @throws StudioError `bad-model` that names what was found, what was expected, and which arrays
 * are missing, surplus or of another shape
 */
export function recogniseIr(file: Pick<TensorFile, 'name' | 'entries'>): IrLayout {
  const prefix = prefixOf(file);
  const entries = new Map<string, TensorEntry>();
  for (const [name, entry] of file.entries)
    if (name.startsWith(prefix) && !name.endsWith('num_batches_tracked'))
      entries.set(name.slice(prefix.length), entry);
  const modules = irModules([...entries.keys()]);
  if ([...entries.keys()].some((name) => /^body\.\d+\.res_layer\.8\./.test(name))) {
    throw new StudioError(
      'bad-model',
      `${file.name} is an IR network of bottleneck units (1 × 1, 3 × 3, 1 × 1), as TFace's ` +
        'IR-152 and deeper are; units of two 3 × 3 convolutions were expected.',
      KNOWN_LAYOUTS,
    );
  }
  const { tensors, embeddingDim, bodyChannels, isLastNormAffine } = expectedTensors(
    modules,
    entries,
  );
  refuseMismatch(file.name, modules, tensors, entries, bodyChannels);
  const { family, se, midBatchNorm, unitsPerStage, units } = modules;
  const under = (path: string) => prefix + path;
  const isAdaFace = isOfAdaFace(file);
  return {
    family,
    code: isAdaFace ? 'adaface' : family,
    se,
    midBatchNorm,
    stage1Shortcut: units[0]!.shortcut ? 'conv' : 'maxpool',
    unitsPerStage,
    name: irName(family, se, unitsPerStage) + (isAdaFace ? ', of AdaFace’s code' : ''),
    prefix,
    embeddingDim,
    convShape: [BODY_SIDE, BODY_SIDE, bodyChannels],
    parameters: parameterCount(tensors),
    stem: {
      conv: under(modules.stem.conv),
      norm: under(modules.stem.norm),
      prelu: under(modules.stem.prelu),
    },
    units: units.map((unit) => unitUnder(unit, under)),
    tail: {
      norm: under(modules.tail.norm),
      linear: under(modules.tail.linear),
      lastNorm: under(modules.tail.lastNorm),
      isLastNormAffine,
    },
    tensors: tensors.map(({ name, shape }) => ({ name: under(name), shape })),
  };
}

/** Counts trained parameters; running statistics are not trained. */
function parameterCount(tensors: readonly ExpectedTensor[]): number {
  return tensors
    .filter(({ name }) => !/\.running_(mean|var)$/.test(name))
    .reduce((sum, { shape }) => sum + shape.reduce((product, side) => product * side, 1), 0);
}

/**
 * Whether AdaFace's code saved the file: a Lightning checkpoint with the network under `model.` and
 * its head under `head.`. Only AdaFace's head has a running mean and deviation of feature norms.
 */
function isOfAdaFace({ entries }: Pick<TensorFile, 'entries'>): boolean {
  const has = (pattern: RegExp) => [...entries.keys()].some((name) => pattern.test(name));
  return has(/(^|\.)head\.batch_mean$/) && has(/(^|\.)head\.batch_std$/);
}

/**
 * Finds the prefix of the network's names: the one that most names of IR modules have.
 * @throws StudioError `bad-model` if there are no such names, or two networks
 */
function prefixOf(file: Pick<TensorFile, 'name' | 'entries'>): string {
  const votes = new Map<string, number>();
  for (const name of file.entries.keys()) {
    const prefix = /^((?:.*?\.)??)(?:input_layer|body|output_layer|layer[1-4])\.\d+\./.exec(
      name,
    )?.[1];
    if (prefix !== undefined) votes.set(prefix, (votes.get(prefix) ?? 0) + 1);
  }
  const most = [...votes.values()].reduce((a, b) => Math.max(a, b), 0);
  if (most < 4) throw notIr(file);
  // A prefix with at least half as many names as the largest one holds a whole network as well.
  const networks = [...votes].filter(([, count]) => 2 * count > most).map(([prefix]) => prefix);
  if (networks.length === 1) return networks[0]!;
  const places = networks.map((prefix) => (prefix === '' ? 'no name' : `"${prefix.slice(0, -1)}"`));
  throw new StudioError(
    'bad-model',
    `${file.name} holds ${networks.length} networks, under ${places.join(' and ')}; ` +
      'one was expected.',
    'Save the state_dict of the one that you want by itself.',
  );
}

/** Every array that these modules should have. Channels are taken from the convolutions' shapes. */
function expectedTensors(modules: IrModules, entries: ReadonlyMap<string, TensorEntry>) {
  const tensors: ExpectedTensor[] = [];
  const add = (name: string, shape: Shape) => tensors.push({ name, shape });
  const norm = (path: string, channels: number, isAffine = true) => {
    for (const part of isAffine ? ['weight', 'bias'] : []) add(`${path}.${part}`, [channels]);
    for (const part of ['running_mean', 'running_var']) add(`${path}.${part}`, [channels]);
  };
  /** The length of an array's first axis; undefined if the array is missing or of another rank. */
  const firstSide = (name: string, rank: number) => {
    const shape = entries.get(name)?.shape;
    return shape?.length === rank && shape[0]! > 0 ? shape[0] : undefined;
  };
  let channels = firstSide(`${modules.stem.conv}.weight`, 4) ?? 64;
  add(`${modules.stem.conv}.weight`, [channels, 3, 3, 3]);
  norm(modules.stem.norm, channels);
  add(`${modules.stem.prelu}.weight`, [channels]);
  for (const unit of modules.units) {
    // Without a convolution on the shortcut, a unit keeps the number of channels.
    const convolutions = unit.shortcut ? [unit.conv1, unit.conv2, unit.shortcut.conv] : [];
    const out =
      convolutions
        .map((path) => firstSide(`${path}.weight`, 4))
        .find((side) => side !== undefined) ?? channels;
    norm(unit.norm, channels);
    add(`${unit.conv1}.weight`, [out, channels, 3, 3]);
    if (unit.midNorm) norm(unit.midNorm, out);
    add(`${unit.prelu}.weight`, [out]);
    add(`${unit.conv2}.weight`, [out, out, 3, 3]);
    norm(unit.lastNorm, out);
    if (unit.squeeze) {
      const narrow = firstSide(`${unit.squeeze.reduce}.weight`, 4) ?? Math.floor(out / 16);
      add(`${unit.squeeze.reduce}.weight`, [narrow, out, 1, 1]);
      add(`${unit.squeeze.expand}.weight`, [out, narrow, 1, 1]);
    }
    if (unit.shortcut) {
      add(`${unit.shortcut.conv}.weight`, [out, channels, 1, 1]);
      norm(unit.shortcut.norm, out);
    }
    channels = out;
  }
  const { tail } = modules;
  const embeddingDim = firstSide(`${tail.linear}.weight`, 2) ?? 512;
  norm(tail.norm, channels);
  add(`${tail.linear}.weight`, [embeddingDim, channels * BODY_SIDE * BODY_SIDE]);
  add(`${tail.linear}.bias`, [embeddingDim]);
  // BatchNorm1d(512, affine=False) in some networks, with weight and bias in others.
  const isLastNormAffine =
    entries.has(`${tail.lastNorm}.weight`) || entries.has(`${tail.lastNorm}.bias`);
  norm(tail.lastNorm, embeddingDim, isLastNormAffine);
  return { tensors, embeddingDim, bodyChannels: channels, isLastNormAffine };
}

function unitUnder(unit: IrUnit, under: (path: string) => string): IrUnit {
  const { stride, midNorm, squeeze, shortcut } = unit;
  return {
    stride,
    norm: under(unit.norm),
    conv1: under(unit.conv1),
    midNorm: midNorm && under(midNorm),
    prelu: under(unit.prelu),
    conv2: under(unit.conv2),
    lastNorm: under(unit.lastNorm),
    squeeze: squeeze && { reduce: under(squeeze.reduce), expand: under(squeeze.expand) },
    shortcut: shortcut && { conv: under(shortcut.conv), norm: under(shortcut.norm) },
  };
}
