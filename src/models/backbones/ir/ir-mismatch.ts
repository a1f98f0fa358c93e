import { StudioError } from '../../../core/studio-error';
import type { TensorDtype, TensorEntry } from '../../../formats/tensors/tensor-file';
import { BODY_SIDE, irName } from './ir-layout';
import type { IrModules } from './ir-modules';
import { KNOWN_LAYOUTS } from './ir-unknown';

/** Names that an error lists for each kind of mismatch. */
const MAX_LISTED_NAMES = 5;
const FLOATS: readonly TensorDtype[] = ['F64', 'F32', 'F16', 'BF16'];

/** An array that a network of the recognised kind has. */
export interface ExpectedTensor {
  readonly name: string;
  readonly shape: readonly number[];
}

/**
 * Refuses a file whose arrays are not exactly those that the recognised modules should have.
 * @throws StudioError `bad-model` that lists what is missing, surplus or of another shape
 */
export function refuseMismatch(
  file: string,
  modules: IrModules,
  expected: readonly ExpectedTensor[],
  entries: ReadonlyMap<string, TensorEntry>,
  bodyChannels: number,
): void {
  const { family, se, unitsPerStage, tail } = modules;
  const names = new Set(expected.map(({ name }) => name));
  const missing = expected.filter(({ name }) => !entries.has(name)).map(({ name }) => name);
  const surplus = [...entries.keys()].filter((name) => !names.has(name));
  const misshapen = expected.flatMap(({ name, shape }) => {
    const entry = entries.get(name);
    if (!entry) return [];
    if (!FLOATS.includes(entry.dtype))
      return [`${name} is of type ${entry.dtype}, ${FLOATS.join(', ')} were expected`];
    return entry.shape.join() === shape.join()
      ? []
      : [`${name} is [${entry.shape.join(', ')}], [${shape.join(', ')}] was expected`];
  });
  const hasFourStages = unitsPerStage.length === 4 && unitsPerStage.every((count) => count > 0);
  const stages =
    `its units fall into stages of ${unitsPerStage.join(', ') || 'none'}, four stages were ` +
    'expected';
  const faults = [
    ...(hasFourStages ? [] : [stages]),
    ...listed('missing', missing, ', '),
    ...listed('surplus', surplus, ', '),
    ...listed('of another shape', misshapen, '; '),
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

/** One clause: how many items, and the first {@link MAX_LISTED_NAMES}. Empty for no items. */
function listed(what: string, items: readonly string[], separator: string): string[] {
  if (items.length === 0) return [];
  const shown = items.slice(0, MAX_LISTED_NAMES).join(separator);
  const rest = items.length - MAX_LISTED_NAMES;
  return [`${items.length} ${what}: ${shown}${rest > 0 ? ` and ${rest} more` : ''}`];
}
