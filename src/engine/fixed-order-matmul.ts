import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import type { KernelConfig, KernelFunc, TensorInfo } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { requireTfjsVersion } from './tfjs-version';

// The sources that this file relies on, below
// https://github.com/tensorflow/tfjs/blob/tfjs-v4.22.0/tfjs-backend-webgpu/src/
//   kernels/BatchMatMul_impl.ts#L104-L138: the choice of a program, by the flag or by shapes
//   webgpu_util.ts#L177-L182: the programs' numbers
//   flags_webgpu.ts: the flags and their defaults

const KERNELS = ['BatchMatMul', '_FusedMatMul'];
const PROGRAM_FLAG = 'WEBGPU_MATMUL_PROGRAM_TYPE';
const THRESHOLD_FLAG = 'WEBGPU_THRESHOLD_TO_INCREASE_WORKGROUPS_FOR_MATMUL';
/** `MatMulProgramType.MatMulSmallOutputSizeProgram`: small tiles, summed front to back. */
const SMALL_TILES = 2;
/** tfjs splits inner dimensions from this size on. */
const MIN_SPLIT_INNER = 2000;
/** tfjs gives outputs of up to this many numbers to another program, which has a fixed order. */
const MAX_REDUCED_OUTPUT = 128;

type MatMulFunc = (params: Parameters<KernelFunc>[0]) => TensorInfo | TensorInfo[];

/**
 * Makes tfjs's matrix products on WebGPU sum in a fixed order. If the inner dimension is long and
 * the output small, as in the last layer of a large backbone or in the published head, tfjs splits
 * the dimension and adds the parts with atomics, in any order: the same picture then gives other
 * bits each time. This runs tfjs's small tiles for such products instead. Call it after each
 * registration of tfjs's kernels; a kernel that is wrapped already is left alone.
 * @throws StudioError `backend-failed-self-test` for another release of tfjs
 */
export function fixMatMulOrder(): void {
  requireTfjsVersion('fixed-order-matmul');
  for (const name of KERNELS) {
    const stock = tf.getKernel(name, 'webgpu');
    if (wrapped.has(stock)) continue;
    const kernelFunc: MatMulFunc = (params) =>
      wouldSplit(params)
        ? withSmallTiles(() => stock.kernelFunc(params))
        : stock.kernelFunc(params);
    const fixed: KernelConfig = { ...stock, kernelFunc };
    tf.unregisterKernel(name, 'webgpu');
    tf.registerKernel(fixed);
    wrapped.add(fixed);
  }
}

const wrapped = new WeakSet<KernelConfig>();

/** Runs `act` with tfjs's choice of a program overridden, and restores the flag. */
function withSmallTiles<T>(act: () => T): T {
  const before = tf.env().getNumber(PROGRAM_FLAG);
  tf.env().set(PROGRAM_FLAG, SMALL_TILES);
  try {
    return act();
  } finally {
    tf.env().set(PROGRAM_FLAG, before);
  }
}

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
  if (isBatch || inner < MIN_SPLIT_INNER || rows * columns <= MAX_REDUCED_OUTPUT) return false;
  const tiles = Math.ceil(rows / 32) * Math.ceil(columns / 32);
  const flag = tf.env().getNumber(THRESHOLD_FLAG);
  const fewTiles = flag > 0 ? flag : (backend as WebGPUBackend).thresholdToIncreaseWorkgroups;
  return tiles <= fewTiles || (rows <= 8 && tiles <= 2 * fewTiles);
}
