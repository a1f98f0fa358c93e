import type { SourceInfo } from '../../faces/face-source';
import { ClassCentreBuilder } from '../../models/centres/class-centres';
import { TrainedCentres } from '../centres/trained-centres';
import type { CentreMaker } from './feature-pass';
import type { RunDataOptions } from './run-data';

/** Makes class centres as the run's settings say: means, or rows of a trained classifier. */
export function centreMaker(
  { config, backbone, signal, onProgress }: RunDataOptions,
  info: SourceInfo,
): CentreMaker {
  const kind = config.centres;
  if (kind !== 'arcface' && kind !== 'cosface')
    return new ClassCentreBuilder(backbone.embeddingDim, info.identities);
  return new TrainedCentres({
    kind,
    config,
    dimension: backbone.embeddingDim,
    expectedImages: info.images,
    signal,
    onProgress,
  });
}
