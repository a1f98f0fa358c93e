import type { Variable } from '@tensorflow/tfjs-core';

/**
 * Notices when variables were assigned to since the last {@link remember}. Relies on tfjs giving a
 * variable the dataId of the assigned tensor, a new object at each assignment:
 * https://github.com/tensorflow/tfjs/blob/tfjs-v4.22.0/tfjs-core/src/tensor.ts#L583-L597
 */
export class AssignmentWatch {
  #dataIds: readonly object[] = [];

  /** Takes the variables as they are now. */
  remember(variables: readonly Variable[]): void {
    this.#dataIds = variables.map(({ dataId }) => dataId);
  }

  /** Whether one was assigned to; true for variables that were never remembered. */
  hasChanged(variables: readonly Variable[]): boolean {
    return variables.some(({ dataId }, i) => dataId !== this.#dataIds[i]);
  }

  /** From now on, everything counts as changed. */
  forget(): void {
    this.#dataIds = [];
  }
}
