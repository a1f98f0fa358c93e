import { CROP_SIZE } from '../../../faces/face-record';
import type { NetworkOutline, NetworkStage } from '../network-outline';
import type { IrLayout, IrUnit } from './ir-layout';

/** The blocks of an IR network: its stem, and its stages of residual units. */
export function irOutline({ stem, units, unitsPerStage, tensors }: IrLayout): NetworkOutline {
  const shapes = new Map(tensors.map(({ name, shape }) => [name, shape]));
  const channels = (path: string) => shapes.get(`${path}.weight`)![0]!;
  const first: NetworkStage = {
    shape: [CROP_SIZE, CROP_SIZE, channels(stem.conv)],
    convolutions: 1,
    units: 0,
    operations: null,
  };
  const stages = [first];
  let begin = 0;
  for (const count of unitsPerStage) {
    const own = units.slice(begin, (begin += count));
    const before = stages.at(-1)!.shape[0];
    const side = own.reduce((left, { stride }) => Math.ceil(left / stride), before);
    stages.push({
      shape: [side, side, channels(own.at(-1)!.conv2)],
      convolutions: own.reduce((sum, unit) => sum + convolutionsOf(unit), 0),
      units: count,
      operations: null,
    });
  }
  return { stages, tapStage: stages.length - 1, lastOperations: null };
}

const convolutionsOf = ({ shortcut, squeeze }: IrUnit): number =>
  2 + (shortcut ? 1 : 0) + (squeeze ? 2 : 0);
