import { StudioError } from '../../core/studio-error';
import type { OnnxNode } from '../../formats/onnx/onnx';

/**
 * Does something with a node. An error of it says at which operation of the graph it stopped.
 * @throws StudioError with {@link StudioError.at}; whatever else `work` throws, as it is
 */
export function atNode<T>(nodes: readonly OnnxNode[], node: OnnxNode, work: () => T): T {
  try {
    return work();
  } catch (thrown) {
    if (!(thrown instanceof StudioError) || thrown.at) throw thrown;
    const { code, message, nextStep } = thrown;
    const at = {
      operator: node.opType,
      name: node.name,
      index: nodes.indexOf(node),
      operations: nodes.length,
    };
    throw new StudioError(code, message, nextStep, { cause: thrown, at });
  }
}
