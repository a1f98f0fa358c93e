import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

type GpuProgram = Parameters<WebGPUBackend['runWebGPUProgram']>[0];

/** Most workgroups in one direction of a dispatch: the least that WebGPU guarantees. */
export const MAX_GROUPS = 65535;

/**
 * A WGSL kernel in the form that tfjs runs: code with a `main(index : i32)`, which finds its inputs
 * by name and its output as `result`.
 */
export interface GpuKernel {
  /**
   * Names the code, including the constants that are written into it: tfjs compiles kernels of the
   * same name only once.
   */
  readonly name: string;
  /** Names of the inputs in their order, each an array of its tensor's f32 or i32. */
  readonly inputs: readonly string[];
  /** Numbers that may differ between runs, by name; the code reads `uniforms.NAME`. */
  readonly uniforms: Readonly<Record<string, 'i32' | 'f32'>>;
  readonly workgroupSize: readonly [number, number, number];
  readonly code: string;
}

/**
 * Runs a kernel on the current webgpu backend, in order with tfjs's own kernels.
 * @param groups workgroups in each direction
 * @param output a tensor to change in place, or the shape of a new one. Nothing may have been read
 * back before of a tensor that is changed in place, for tfjs keeps what it has read
 */
export function runKernel(
  kernel: GpuKernel,
  inputs: readonly Tensor[],
  groups: readonly [number, number, number],
  values: Readonly<Record<string, number>>,
  output: Tensor | number[],
): Tensor {
  const backend = tf.backend() as WebGPUBackend;
  const inPlace = output instanceof tf.Tensor;
  const program: GpuProgram = {
    variableNames: [...kernel.inputs],
    uniforms: Object.entries(kernel.uniforms)
      .map(([name, type]) => `${name} : ${type},`)
      .join(' '),
    shaderKey: kernel.name,
    workgroupSize: [...kernel.workgroupSize],
    dispatchLayout: { x: [0] },
    dispatch: [...groups],
    outputShape: inPlace ? output.shape : output,
    getUserCode: () => kernel.code,
  };
  const uniforms = Object.entries(kernel.uniforms).map(([name, type]) => ({
    type: type === 'i32' ? 'int32' : 'float32',
    data: [values[name]!],
  }));
  const made = backend.runWebGPUProgram(
    program,
    [...inputs],
    'float32',
    uniforms,
    inPlace ? output : undefined,
  );
  return inPlace ? output : tf.engine().makeTensorFromTensorInfo(made);
}

/** A number as a WGSL float. */
export const wgslFloat = (value: number): string =>
  Number.isInteger(value) && Math.abs(value) < 1e20 ? `${value}.0` : `${value}`;
