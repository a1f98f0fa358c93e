import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import type { KernelConfig, KernelFunc, TensorInfo } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

const KERNELS = ['BatchMatMul', '_FusedMatMul'];
const PROGRAM = 'WEBGPU_MATMUL_PROGRAM_TYPE';
/** tfjs's numbers for the program that it chooses itself, and for small tiles. */
const [ITS_CHOICE, SMALL_TILES] = [-1, 2];
/** Inner dimensions from here on, and outputs beyond these, tfjs splits where it has few tiles. */
const [SPLIT_FROM, REDUCED_UP_TO] = [2000, 128];

type MatMulFunc = (params: Parameters<KernelFunc>[0]) => TensorInfo | TensorInfo[];

/**
 * Has tfjs's matrix products on WebGPU add up in one order always. Where the inner dimension is
 * long and the output small, as in the last layer of a large backbone or in the published head, it
 * splits the dimension and adds the parts with atomics, in whichever order they come: the same
 * picture then has other bits each time. Such products take its small tiles instead. Once for each
 * registration of its kernels.
 */
export function fixMatMulOrder(): void {
  for (const name of KERNELS) {
    const stock = tf.getKernel(name, 'webgpu');
    if (wrapped.has(stock)) continue;
    const kernelFunc: MatMulFunc = (params) => {
      if (!wouldSplit(params)) return stock.kernelFunc(params);
      tf.env().set(PROGRAM, SMALL_TILES);
      try {
        return stock.kernelFunc(params);
      } finally {
        tf.env().set(PROGRAM, ITS_CHOICE);
      }
    };
    const fixed: KernelConfig = { ...stock, kernelFunc };
    tf.unregisterKernel(name, 'webgpu');
    tf.registerKernel(fixed);
    wrapped.add(fixed);
  }
}

const wrapped = new WeakSet<KernelConfig>();

/** Whether tfjs would split the inner dimension, by its own rule. */
function wouldSplit({ inputs, attrs, backend }: Parameters<KernelFunc>[0]): boolean {
  const { a, b } = inputs as { a: TensorInfo; b: TensorInfo };
  const { transposeA, transposeB } = attrs as unknown as {
    transposeA: boolean;
    transposeB: boolean;
  };
  const [rows, inner] = transposeA
    ? [a.shape.at(-1)!, a.shape.at(-2)!]
    : [a.shape.at(-2)!, a.shape.at(-1)!];
  const columns = transposeB ? b.shape.at(-2)! : b.shape.at(-1)!;
  const isBatch = [a, b].some(({ shape }) => shape.slice(0, -2).some((size) => size > 1));
  if (isBatch || inner < SPLIT_FROM || rows * columns <= REDUCED_UP_TO) return false;
  const tiles = Math.ceil(rows / 32) * Math.ceil(columns / 32);
  const flag = tf.env().getNumber('WEBGPU_THRESHOLD_TO_INCREASE_WORKGROUPS_FOR_MATMUL');
  const few = flag > 0 ? flag : (backend as WebGPUBackend).thresholdToIncreaseWorkgroups;
  return tiles <= few || (rows <= 8 && tiles <= 2 * few);
}
