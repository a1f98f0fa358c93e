import { fromPictures } from '../../engine/onnx/onnx-conv-feature';
import type { OnnxModel, OnnxNode } from '../../formats/onnx/onnx';
import type { NetworkOutline, NetworkStage } from './network-outline';

type Shape = readonly number[];

/** An operation, and the picture size that the graph still has at it: places, h · w. */
interface PlacedNode {
  readonly node: OnnxNode;
  /** [h, w, c] of its result; null if that is no feature map. */
  readonly shape: readonly [number, number, number] | null;
  readonly places: number;
}

/**
 * The blocks of a graph: its operations in order, cut where pictures become smaller for good. A
 * squeeze to one place that is led back (squeeze and excitation) cuts nothing.
 * @param held the shapes of a trial run: feature maps [1, h, w, c]
 * @param tap the value that is taken as conv feature
 */
export function onnxOutline(
  model: OnnxModel,
  held: (name: string) => Shape | undefined,
  tap: string,
): NetworkOutline {
  const placed = placedNodes(model, held);
  const stages: NetworkStage[] = [];
  for (const group of groupsByPlaces(placed.filter(({ places }) => places > 1))) {
    const own = group.filter(({ shape }) => shape && placesOf(shape) === group[0]!.places);
    stages.push({
      shape: own.at(-1)!.shape!,
      convolutions: group.filter(({ node }) => node.opType === 'Conv').length,
      units: own.filter(({ node }) => isSumOfMaps(node, held)).length,
      operations: group.length,
    });
  }
  const tapPlaces = placesOf(mapShape(held(tap)) ?? [1, 1, 1]);
  return {
    stages,
    tapStage: stages.findLastIndex(({ shape }) => placesOf(shape) >= tapPlaces),
    lastOperations: placed.filter(({ places }) => places <= 1).length,
  };
}

/** The operations on pictures, in the order of the graph. */
function placedNodes(model: OnnxModel, held: (name: string) => Shape | undefined): PlacedNode[] {
  const pictured = fromPictures(model);
  const nodes = model.nodes.filter(({ outputs }) => pictured.has(outputs[0]!));
  const placed: PlacedNode[] = [];
  let places = 0;
  // From the back: what comes later is never larger, so a small value before it is a branch.
  for (const node of nodes.toReversed()) {
    const shape = mapShape(held(node.outputs[0]!));
    places = Math.max(places, shape ? placesOf(shape) : 0);
    placed.unshift({ node, shape, places });
  }
  return placed;
}

function groupsByPlaces(placed: readonly PlacedNode[]): PlacedNode[][] {
  const groups: PlacedNode[][] = [];
  for (const each of placed) {
    const last = groups.at(-1);
    if (last?.[0]?.places === each.places) last.push(each);
    else groups.push([each]);
  }
  return groups;
}

/** Whether a node adds two feature maps of the same size: the end of a residual unit. */
function isSumOfMaps({ opType, inputs }: OnnxNode, held: (name: string) => Shape | undefined) {
  if (opType !== 'Add' && opType !== 'Sum') return false;
  // A convolution that is fused with its activation has no value of its own.
  const shapes = inputs.map((name) => held(name)).filter((shape) => shape !== undefined);
  return inputs.length >= 2 && shapes.every((shape) => shape.length === 4 && shape[1]! > 1);
}

function mapShape(shape: Shape | undefined): readonly [number, number, number] | null {
  return shape?.length === 4 ? [shape[1]!, shape[2]!, shape[3]!] : null;
}

const placesOf = ([height, width]: readonly [number, number, number]): number => height * width;
