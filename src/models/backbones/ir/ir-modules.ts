import type { IrFamily, IrUnit } from './ir-layout';

/** The modules of an IR network, by their paths in its family, without any prefix. */
export interface IrModules {
  readonly family: IrFamily;
  readonly se: boolean;
  readonly midBatchNorm: boolean;
  readonly unitsPerStage: readonly number[];
  readonly stem: { readonly conv: string; readonly norm: string; readonly prelu: string };
  readonly units: readonly IrUnit[];
  readonly tail: { readonly norm: string; readonly linear: string; readonly lastNorm: string };
}

/**
 * Derives the modules from the names of the arrays. If some arrays are missing, it includes the
 * modules that they would belong to.
 */
export function irModules(names: readonly string[]): IrModules {
  const isLayered =
    names.filter((name) => /^layer[1-4]\.\d/.test(name)).length >
    names.filter((name) => name.startsWith('body.')).length;
  return isLayered ? insightFaceModules(names) : publishedModules(names);
}

/** InsightFace's iresnet: four layers, each with a convolution on its first unit's shortcut. */
function insightFaceModules(names: readonly string[]): IrModules {
  const unitsPerStage = [1, 2, 3, 4].map((stage) =>
    countUnits(names, new RegExp(`^layer${stage}\\.(\\d+)\\.`)),
  );
  const units = unitsPerStage.flatMap((count, stage) =>
    Array.from({ length: count }, (_, index): IrUnit => {
      const unit = `layer${stage + 1}.${index}`;
      return {
        stride: index === 0 ? 2 : 1,
        norm: `${unit}.bn1`,
        conv1: `${unit}.conv1`,
        midNorm: `${unit}.bn2`,
        prelu: `${unit}.prelu`,
        conv2: `${unit}.conv2`,
        lastNorm: `${unit}.bn3`,
        squeeze: null,
        shortcut:
          index === 0 ? { conv: `${unit}.downsample.0`, norm: `${unit}.downsample.1` } : null,
      };
    }),
  );
  const stem = { conv: 'conv1', norm: 'bn1', prelu: 'prelu' };
  return {
    family: 'insightface',
    se: false,
    midBatchNorm: true,
    unitsPerStage,
    stem,
    units,
    tail: { norm: 'bn2', linear: 'fc', lastNorm: 'features' },
  };
}

/**
 * The published `backbones.py`, TFace and face.evoLVe: a single list of units, in which a stage
 * starts at each unit with a convolution on its shortcut. A BatchNorm after a unit's first
 * convolution shifts the indices of all later modules of the unit by one.
 */
function publishedModules(names: readonly string[]): IrModules {
  const count = countUnits(names, /^body\.(\d+)\./);
  const countMatching = (pattern: RegExp) => names.filter((name) => pattern.test(name)).length;
  const midBatchNorm =
    countMatching(/\.res_layer\.5\.running_mean$/) > countMatching(/\.res_layer\.4\.running_mean$/);
  const squeeze = names
    .map((name) => /\.res_layer\.(\w+)\.fc1\.weight$/.exec(name)?.[1])
    .find((key) => key !== undefined);
  const shortcuts = new Set(names.map((name) => /^body\.(\d+)\.shortcut_layer\./.exec(name)?.[1]));
  const offset = midBatchNorm ? 1 : 0;
  const units = Array.from({ length: count }, (_, index): IrUnit => {
    const unit = `body.${index}`;
    const hasShortcut = shortcuts.has(String(index));
    const at = (place: number | string) => `${unit}.res_layer.${place}`;
    return {
      stride: index === 0 || hasShortcut ? 2 : 1,
      norm: at(0),
      conv1: at(1),
      midNorm: midBatchNorm ? at(2) : null,
      prelu: at(2 + offset),
      conv2: at(3 + offset),
      lastNorm: at(4 + offset),
      squeeze:
        squeeze === undefined
          ? null
          : { reduce: at(`${squeeze}.fc1`), expand: at(`${squeeze}.fc2`) },
      shortcut: hasShortcut
        ? { conv: `${unit}.shortcut_layer.0`, norm: `${unit}.shortcut_layer.1` }
        : null,
    };
  });
  const starts = units.flatMap(({ stride }, index) => (stride === 2 ? [index] : []));
  return {
    family: midBatchNorm ? 'tface' : 'scf',
    se: squeeze !== undefined,
    midBatchNorm,
    unitsPerStage: starts.map((start, stage) => (starts[stage + 1] ?? count) - start),
    stem: { conv: 'input_layer.0', norm: 'input_layer.1', prelu: 'input_layer.2' },
    units,
    tail: { norm: 'output_layer.0', linear: 'output_layer.3', lastNorm: 'output_layer.4' },
  };
}

/** Counts distinct unit numbers. The highest number plus one won't do: a file may claim any. */
function countUnits(names: readonly string[], pattern: RegExp): number {
  return new Set(names.flatMap((name) => pattern.exec(name)?.[1] ?? [])).size;
}
