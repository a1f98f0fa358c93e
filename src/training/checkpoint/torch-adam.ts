import type { TensorFile } from '../../formats/tensors/tensor-file';
import type { TorchArray, TorchFloat, TorchValue } from '../../formats/torch/torch-value';
import { BETA1, BETA2, EPSILON } from '../step/adam';
import { badFile } from '../step/fill-arrays';

/** PyTorch's names of Adam's moments, and the studio's. */
export const adamMoments = [
  { torchName: 'exp_avg', studioPrefix: 'm.', isVariance: false },
  { torchName: 'exp_avg_sq', studioPrefix: 'v.', isVariance: true },
] as const;

const OPTIMISER = 'opt_state';
const GROUP = `${OPTIMISER}.param_groups.0`;

/** The path of a moment in a checkpoint. */
export const momentPath = (parameter: number, torchName: string): string =>
  `${OPTIMISER}.state.${parameter}.${torchName}`;

/**
 * Whether a path in a checkpoint is a moment of its optimiser. `step` is none: in some files it is
 * a number, in others an array of one.
 */
export const isMoment = (path: string): boolean =>
  path.startsWith(`${OPTIMISER}.`) && !path.endsWith('.step');

/** The contents of `torch.optim.Adam.state_dict()` besides the moments. */
export interface TorchAdamSettings {
  readonly steps: number;
  readonly learningRate: number;
  /** The rate that the schedule started from: PyTorch's `StepLR` needs it to resume. */
  readonly initialLearningRate: number;
  readonly weightDecay: number;
}

/**
 * Builds `torch.optim.Adam.state_dict()`.
 * @param moments of each parameter, in the module's order
 */
export function torchAdamState(
  moments: readonly Readonly<Record<'exp_avg' | 'exp_avg_sq', TorchArray>>[],
  settings: TorchAdamSettings,
): TorchValue {
  const step = (): TorchArray => ({
    kind: 'array',
    dtype: 'F32',
    shape: [],
    bytes: async () => new Uint8Array(Float32Array.of(settings.steps).buffer),
  });
  // Before the first step, PyTorch's state is empty.
  const states = settings.steps === 0 ? [] : moments;
  const group: [string, TorchValue][] = [
    ['lr', float(settings.learningRate)],
    ['betas', { kind: 'tuple', items: [float(BETA1), float(BETA2)] }],
    ['eps', float(EPSILON)],
    ['weight_decay', float(settings.weightDecay)],
    ['amsgrad', false],
    ['maximize', false],
    ['foreach', null],
    ['capturable', false],
    ['differentiable', false],
    ['fused', null],
    ['initial_lr', float(settings.initialLearningRate)],
    ['params', moments.map((_, parameter) => parameter)],
  ];
  return new Map<string, TorchValue>([
    [
      'state',
      new Map(
        states.map((state, parameter): [number, TorchValue] => [
          parameter,
          new Map<string, TorchValue>([['step', step()], ...Object.entries(state)]),
        ]),
      ),
    ],
    ['param_groups', [new Map(group)]],
  ]);
}

/**
 * Reads Adam's steps and learning rate from a checkpoint; null if it has no rate. With 0 steps
 * there are no moments.
 * @param parameters number of the head's parameters
 * @throws StudioError `bad-checkpoint` for an optimiser that the studio's Adam can't continue
 */
export async function readTorchAdam(
  file: TensorFile,
  parameters: number,
): Promise<{ steps: number; learningRate: number | null }> {
  const { values, entries } = file;
  for (const [key, expected] of [
    ['betas.0', BETA1],
    ['betas.1', BETA2],
    ['eps', EPSILON],
    ['amsgrad', false],
    ['maximize', false],
    ['decoupled_weight_decay', false],
  ] as const) {
    const found = values.get(`${GROUP}.${key}`);
    if (found !== undefined && found !== expected)
      throw badFile(
        file,
        `Its optimiser's ${key} is ${found}; ${expected} was expected, as torch.optim.Adam has it.`,
      );
  }
  const others = [...values.keys()].find(
    (path) =>
      path.startsWith(`${OPTIMISER}.param_groups.1.`) || path === `${GROUP}.params.${parameters}`,
  );
  if (others)
    throw badFile(
      file,
      `Its optimiser has "${others}"; one group of the head's ${parameters} parameters was ` +
        'expected.',
    );
  const rate = values.get(`${GROUP}.lr`);
  const learningRate = typeof rate === 'number' && Number.isFinite(rate) && rate >= 0 ? rate : null;
  const hasState = [...entries.keys(), ...values.keys()].some((path) =>
    path.startsWith(`${OPTIMISER}.state.`),
  );
  if (!hasState && learningRate !== null) return { steps: 0, learningRate };
  const steps: number[] = [];
  for (let parameter = 0; parameter < parameters; parameter++) {
    const path = momentPath(parameter, 'step');
    const entry = entries.get(path);
    const size = entry?.shape.reduce((product, side) => product * side, 1);
    const step = size === 1 ? (await file.read(path))[0] : values.get(path);
    if (typeof step !== 'number' || !Number.isInteger(step) || step < 1)
      throw badFile(
        file,
        `Its "${path}" is ${step === undefined ? 'missing' : step}; the number of steps ` +
          'taken was expected.',
      );
    steps.push(step);
  }
  if (new Set(steps).size !== 1)
    throw badFile(
      file,
      `Its parameters have taken ${[...new Set(steps)].join(', ')} steps; one number was ` +
        'expected for all.',
    );
  return { steps: steps[0]!, learningRate };
}

const float = (value: number): TorchFloat => ({ kind: 'float', value });
