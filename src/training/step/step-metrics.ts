import { quantile } from '../../evaluation/distribution';
import type { StepFigures } from './head-trainer';
import type { StepMetrics } from '../session/run-events';

/** A step that was taken, without the figures that are read back. */
export interface TakenStep extends Pick<StepMetrics, 'step' | 'epoch' | 'learningRate'> {
  readonly pictures: number;
}

/** Metrics of a step, for charts and logs. */
export function stepMetrics(
  { step, epoch, learningRate }: TakenStep,
  figures: StepFigures,
  { imagesPerSecond, bytesAllocated }: Pick<StepMetrics, 'imagesPerSecond' | 'bytesAllocated'>,
): StepMetrics {
  return {
    step,
    epoch,
    loss: figures.loss,
    lossAlignment: figures.parts.alignment,
    lossNormalizer: figures.parts.normalizer,
    lossLogKappa: figures.parts.logKappa,
    lossLogBessel: figures.parts.logBessel,
    lossConstant: figures.parts.constant,
    kappaMean: mean(figures.kappa),
    kappaLow: quantile(figures.kappa, 0.05),
    kappaHigh: quantile(figures.kappa, 0.95),
    cosThetaMean: mean(figures.cosTheta),
    learningRate,
    imagesPerSecond,
    bytesAllocated,
  };
}

const mean = (values: Float32Array): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
