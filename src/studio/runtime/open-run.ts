import type { Progress } from '../../core/progress-meter';
import { StudioError } from '../../core/studio-error';
import type { FaceSource } from '../../faces/face-source';
import { indexingProgress } from '../../faces/sources/open-context';
import type { ClassCentres } from '../../models/centres/class-centres';
import type { RunConfig } from '../../training/config/run-config';
import type { OpenSource } from '../controllers/data-controller';
import type { RunAccess } from '../protocol';
import type { ModelRuntime } from './model-runtime';

/** What a run needs of the rest of the studio to be opened. */
export interface RunOpening {
  readonly runtime: () => ModelRuntime;
  readonly openSource: OpenSource;
  /** Class centres from files, if the run asks for them. @throws StudioError `bad-config` */
  readonly centresFor: (config: RunConfig) => ClassCentres | undefined;
  /** Called when a run has put another backbone in use. */
  readonly onBackbone: () => Promise<void>;
}

/** What a run trains on, besides the backbone in use. */
export interface OpenedRun {
  readonly source: FaceSource;
  readonly centres: ClassCentres | undefined;
}

/**
 * Makes the run's backbone ready, and opens its source and class centres from files.
 * @param onFreshDevice whether to make a fresh device first
 * @param previousConfig the settings of the run whose head may still hold memory, if there is one;
 * `freePrevious` disposes it
 * @throws StudioError `out-of-gpu-memory` if the run doesn't fit, and whatever opening throws;
 * `signal`'s reason
 */
export async function openRun(
  config: RunConfig,
  access: RunAccess,
  { runtime, openSource, centresFor, onBackbone }: RunOpening,
  options: {
    readonly onFreshDevice: boolean;
    readonly previousConfig: () => RunConfig | undefined;
    readonly freePrevious: () => void;
    readonly onProgress: (progress: Progress | null) => void;
    readonly onWarning: (error: StudioError) => void;
    readonly signal: AbortSignal;
  },
): Promise<OpenedRun> {
  const { onFreshDevice, previousConfig, freePrevious, onProgress, onWarning, signal } = options;
  const models = runtime();
  if (models.hasFault || onFreshDevice) {
    await models.prepare(onProgress);
    await onBackbone();
  }
  if (await models.use(config, undefined, onProgress, signal)) await onBackbone();
  const centres = centresFor(config);
  await models.refuseWhatCannotFit(config, previousConfig(), freePrevious, onProgress);
  const opening = { signal, onWarning, ...indexingProgress(onProgress) };
  const source = await openSource(config.shards, access.files, opening);
  await requireAllowedOrigins(source, config.shards, access);
  return { source, centres };
}

/** @throws StudioError `bad-source` if a manifest names origins that a person hasn't allowed */
async function requireAllowedOrigins(
  source: FaceSource,
  shards: string,
  { allowedOrigins }: RunAccess,
): Promise<void> {
  const { foreignOrigins = [] } = await source.info();
  const refused = foreignOrigins.filter((origin) => !allowedOrigins.includes(origin));
  if (refused.length === 0) return;
  throw new StudioError(
    'bad-source',
    `The manifest ${shards} would have this machine ask ${refused.join(', ')}.`,
    'Open Data, look at what it is, and allow it there; then start again.',
  );
}
