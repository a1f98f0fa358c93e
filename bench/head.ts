import { spawnSync } from 'node:child_process';
import { cpus } from 'node:os';
import { softwareWebGpuFlags } from '../test/chromium';
import type { HeadRequest } from './head-in-page';
import { inChromium, tfjs } from './in-chromium';

const BATCH_SIZES = [64, 256];
/** Of the head's 1025 → 128 → 1. */
const [INPUTS, HIDDEN] = [1025, 128];

interface SizeFigures {
  readonly batchSize: number;
  readonly stepsPerSecond: number;
  readonly picturesPerSecond: number;
}

/**
 * Steps of the compact head from kept features: beside plain typed arrays in the same page, in
 * turns, and beside PyTorch on the same cores.
 */
export default async function head(): Promise<Record<string, unknown>> {
  const hardware = process.env.BENCH_ADAPTER === 'hardware';
  const measure = (request: HeadRequest) =>
    inChromium(
      {
        name: 'head',
        global: 'measureHead',
        include: tfjs,
        flags: hardware ? [] : softwareWebGpuFlags,
      },
      (page) =>
        page.evaluate((asked) => window.measureHead(asked), request) as Promise<
          Record<string, unknown> & { sizes: readonly SizeFigures[] }
        >,
    );
  const before = torch();
  const { sizes, ...figures } = await measure({
    backend: 'wasm',
    batchSizes: BATCH_SIZES,
    pictures: 6400,
    rounds: 9,
  });
  const after = torch();
  const webgpu = hardware
    ? await measure({ backend: 'webgpu', batchSizes: BATCH_SIZES, pictures: 6400, rounds: 9 })
    : null;
  return {
    ...figures,
    sizes: sizes.map((size) => {
      // A machine that others use too is faster at one time than at another.
      const ofTorch =
        before && after
          ? size.picturesPerSecond /
            ((before.picturesPerSecond[size.batchSize]! +
              after.picturesPerSecond[size.batchSize]!) /
              2)
          : null;
      return {
        ...size,
        torchPicturesPerSecond:
          before &&
          [before, after!].map(({ picturesPerSecond }) => picturesPerSecond[size.batchSize]),
        ofTorch,
        ...work(size),
      };
    }),
    torch: before?.torch ?? null,
    webgpu,
  };
}

/**
 * What a step has to do: the two products of the hidden layer and of its gradient; weights, moments
 * and gradient through memory.
 */
function work({ batchSize, stepsPerSecond }: SizeFigures) {
  const flops = 4 * batchSize * INPUTS * HIDDEN;
  const bytes = 4 * (7 * INPUTS * HIDDEN + 2 * batchSize * INPUTS);
  return {
    megaflopsPerStep: flops / 1e6,
    megabytesPerStep: bytes / 1e6,
    gigaflopsPerSecond: (flops * stepsPerSecond) / 1e9,
  };
}

interface TorchFigures {
  readonly torch: string;
  readonly picturesPerSecond: Readonly<Record<string, number>>;
}

/**
 * The same step in PyTorch, where `PYTHON` names a Python that has it; null without. @throws Error
 * where that fails
 */
function torch(): TorchFigures | null {
  const python = process.env.PYTHON;
  if (!python) return null;
  const { status, stdout, stderr } = spawnSync(
    python,
    ['bench/torch-head.py', String(cpus().length), ...BATCH_SIZES.map(String)],
    { encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(`PyTorch's step failed: ${stderr}`);
  return JSON.parse(stdout) as TorchFigures;
}
