import type { PlaceName } from '../address/place-names';
import { loadedApart, type LoadedApart } from './loaded-apart';

/** What each place shows. Charts are most of its script, so the shell is there before it. */
export const places: Readonly<Record<PlaceName, LoadedApart>> = {
  compare: loadedApart(async () => ({
    default: (await import('../../compare/compare-view')).CompareView,
  })),
  train: loadedApart(async () => ({ default: (await import('../../train/train-view')).TrainView })),
  runs: loadedApart(async () => ({ default: (await import('../../runs/runs-view')).RunsView })),
  evaluate: loadedApart(async () => ({
    default: (await import('../../evaluate/evaluate-view')).EvaluateView,
  })),
  data: loadedApart(async () => ({ default: (await import('../../data/data-view')).DataView })),
  models: loadedApart(async () => ({
    default: (await import('../../models/models-view')).ModelsView,
  })),
  machine: loadedApart(async () => ({
    default: (await import('../../machine/machine-view')).MachineView,
  })),
};
