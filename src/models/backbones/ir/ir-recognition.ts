import { StudioError } from '../../../core/studio-error';
import type { TensorDtype, TensorEntry, TensorFile } from '../../../formats/tensors/tensor-file';
import { irName, type IrLayout, type IrUnit } from './ir-layout';
import { irModules, type IrModules } from './ir-modules';
import { KNOWN_LAYOUTS, notIr } from './ir-unknown';

/** A side of the body's output for crops of 112 × 112, which four stages halve. */
const BODY_SIDE = 7;
/** Names that an error lists, of each kind. */
const MAX_LISTED = 5;
const floats: readonly TensorDtype[] = ['F64', 'F32', 'F16', 'BF16'];

type Shape = readonly number[];
interface Wanted {
  readonly name: string;
  readonly shape: Shape;
}

/**
 * Recognises an IR network by the names and shapes of a file's arrays. Channels, units and the
 * embedding's length are the file's own; pictures are 112 × 112. What stands before all names of
 * the network is found and taken off (`module.`,
 * `state_dict_backbone.`); where something does, arrays beside it, such as the class centres or the optimiser of a training checkpoint,
 * are left alone. `num_batches_tracked` is nobody's.
 * @throws StudioError `bad-model` that says what was found, what was expected, and what is missing,
 * surplus or of another shape
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
  const { wanted, embeddingDim, bodyChannels, isLastNormAffine } = wantedTensors(modules, entries);
  refuseMismatch(file.name, modules, wanted, entries, bodyChannels);
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
    parameters: wanted.reduce(
      (sum, { name, shape }) =>
        sum +
        (/\.running_(mean|var)$/.test(name)
          ? 0
          : shape.reduce((product, side) => product * side, 1)),
      0,
    ),
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
    tensors: wanted.map(({ name, shape }) => ({ name: under(name), shape })),
  };
}

/**
 * Whether AdaFace's code saved the file: a Lightning checkpoint, in which beside the network under
 * `model.` lies its head, with the running mean and deviation of feature norms that only it keeps.
 */
function isOfAdaFace({ entries }: Pick<TensorFile, 'entries'>): boolean {
  const has = (pattern: RegExp) => [...entries.keys()].some((name) => pattern.test(name));
  return has(/(^|\.)head\.batch_mean$/) && has(/(^|\.)head\.batch_std$/);
}

/** What stands before the names of the network. */
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
  const whole = [...votes].filter(([, count]) => 2 * count > most).map(([prefix]) => prefix);
  if (whole.length === 1) return whole[0]!;
  throw new StudioError(
    'bad-model',
    `${file.name} holds ${whole.length} networks, under ${whole.map((prefix) => (prefix === '' ? 'no name' : `"${prefix.slice(0, -1)}"`)).join(' and ')}; one was expected.`,
    'Save the state_dict of the one that you want by itself.',
  );
}

/**
 * Every array that such modules have. A stage's channels are those of its first unit, where it says
 * any.
 */
function wantedTensors(modules: IrModules, entries: ReadonlyMap<string, TensorEntry>) {
  const wanted: Wanted[] = [];
  const want = (name: string, shape: Shape) => wanted.push({ name, shape });
  const norm = (path: string, channels: number, isAffine = true) => {
    for (const part of isAffine ? ['weight', 'bias'] : []) want(`${path}.${part}`, [channels]);
    for (const part of ['running_mean', 'running_var']) want(`${path}.${part}`, [channels]);
  };
  /** The length of an array's first axis, where it has as many axes as it should. */
  const firstSide = (name: string, rank: number) => {
    const shape = entries.get(name)?.shape;
    return shape?.length === rank && shape[0]! > 0 ? shape[0] : undefined;
  };
  let channels = firstSide(`${modules.stem.conv}.weight`, 4) ?? 64;
  want(`${modules.stem.conv}.weight`, [channels, 3, 3, 3]);
  norm(modules.stem.norm, channels);
  want(`${modules.stem.prelu}.weight`, [channels]);
  for (const unit of modules.units) {
    // Without a convolution on the shortcut as many channels go out as come in.
    const says = unit.shortcut ? [unit.conv1, unit.conv2, unit.shortcut.conv] : [];
    const out =
      says.map((path) => firstSide(`${path}.weight`, 4)).find((side) => side !== undefined) ??
      channels;
    norm(unit.norm, channels);
    want(`${unit.conv1}.weight`, [out, channels, 3, 3]);
    if (unit.midNorm) norm(unit.midNorm, out);
    want(`${unit.prelu}.weight`, [out]);
    want(`${unit.conv2}.weight`, [out, out, 3, 3]);
    norm(unit.lastNorm, out);
    if (unit.squeeze) {
      const narrow = firstSide(`${unit.squeeze.reduce}.weight`, 4) ?? Math.floor(out / 16);
      want(`${unit.squeeze.reduce}.weight`, [narrow, out, 1, 1]);
      want(`${unit.squeeze.expand}.weight`, [out, narrow, 1, 1]);
    }
    if (unit.shortcut) {
      want(`${unit.shortcut.conv}.weight`, [out, channels, 1, 1]);
      norm(unit.shortcut.norm, out);
    }
    channels = out;
  }
  const { tail } = modules;
  const embeddingDim = firstSide(`${tail.linear}.weight`, 2) ?? 512;
  norm(tail.norm, channels);
  want(`${tail.linear}.weight`, [embeddingDim, channels * BODY_SIDE * BODY_SIDE]);
  want(`${tail.linear}.bias`, [embeddingDim]);
  // BatchNorm1d(512, affine=False) in some, with weight and bias in others.
  const isLastNormAffine =
    entries.has(`${tail.lastNorm}.weight`) || entries.has(`${tail.lastNorm}.bias`);
  norm(tail.lastNorm, embeddingDim, isLastNormAffine);
  return { wanted, embeddingDim, bodyChannels: channels, isLastNormAffine };
}

function refuseMismatch(
  file: string,
  modules: IrModules,
  wanted: readonly Wanted[],
  entries: ReadonlyMap<string, TensorEntry>,
  bodyChannels: number,
): void {
  const { family, se, unitsPerStage, tail } = modules;
  const names = new Set(wanted.map(({ name }) => name));
  const missing = wanted.filter(({ name }) => !entries.has(name)).map(({ name }) => name);
  const surplus = [...entries.keys()].filter((name) => !names.has(name));
  const wrong = wanted.flatMap(({ name, shape }) => {
    const entry = entries.get(name);
    if (!entry) return [];
    if (!floats.includes(entry.dtype))
      return [`${name} is of type ${entry.dtype}, ${floats.join(', ')} were expected`];
    return entry.shape.join() === shape.join()
      ? []
      : [`${name} is [${entry.shape.join(', ')}], [${shape.join(', ')}] was expected`];
  });
  const hasFourStages = unitsPerStage.length === 4 && unitsPerStage.every((count) => count > 0);
  const faults = [
    ...(hasFourStages
      ? []
      : [
          `its units fall into stages of ${unitsPerStage.join(', ') || 'none'}, four ` +
            'stages were expected',
        ]),
    ...listed('missing', missing),
    ...listed('surplus', surplus),
    ...listed('of another shape', wrong),
  ];
  if (faults.length === 0) return;
  const known = irName(family, se, unitsPerStage);
  const side = Math.sqrt((entries.get(`${tail.linear}.weight`)?.shape[1] ?? 0) / bodyChannels);
  const isForOtherSize = Number.isInteger(side) && side > 0 && side !== BODY_SIDE;
  throw new StudioError(
    'bad-model',
    `${file} looks like ${known}, but does not fit: ${faults.join('; ')}.`,
    isForOtherSize
      ? `Its Linear takes ${side} × ${side} × ${bodyChannels}, as a network for pictures ` +
          `of ${16 * side} × ${16 * side} does. Choose one for 112 × 112.`
      : KNOWN_LAYOUTS,
  );
}

function listed(what: string, items: readonly string[]): string[] {
  if (items.length === 0) return [];
  const rest = items.length - MAX_LISTED;
  return [
    `${items.length} ${what}: ${items.slice(0, MAX_LISTED).join(what === 'of another shape' ? '; ' : ', ')}${rest > 0 ? ` and ${rest} more` : ''}`,
  ];
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
