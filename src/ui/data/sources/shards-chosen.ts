import type { PickedFile } from '../../../faces/sources/folder/local-file';
import { presets, withSource, type RunConfig } from '../../../training/config/run-config';
import type { StudioState } from '../../shell/studio-store';
import { sourceGallery } from './source-gallery';

/** A choice of shards, typed or picked. */
export interface ShardsChoice {
  /** As `config.shards` takes it. */
  readonly shards: string;
  readonly files?: readonly PickedFile[];
  /** Settings that suit them. */
  readonly part?: Partial<RunConfig>;
}

/**
 * What a choice changes in the store: the shards of the next run, and the preset that suits them
 * ({@link withSource}). Drops what was known of the shards before, even under the same
 * name: it may be another folder.
 */
export const shardsChosen = (
  { shards, files = [], part }: ShardsChoice,
  { config, errors }: Pick<StudioState, 'config' | 'errors'>,
): Partial<StudioState> => ({
  config: { ...withSource(withoutPart(config), shards), ...part },
  files,
  look: null,
  alignment: null,
  survey: null,
  plan: null,
  errors: errors.filter(({ scope, about }) => scope !== 'data' || about === 'cache'),
});

/** Settings without those that an entry of the gallery brought: they suit that source alone. */
function withoutPart(config: RunConfig): RunConfig {
  const left = sourceGallery.find(({ shards }) => shards === config.shards)?.settings ?? {};
  const brought = (Object.keys(left) as (keyof RunConfig)[]).filter(
    (name) => config[name] === left[name],
  );
  const preset = presets[config.preset];
  return { ...config, ...Object.fromEntries(brought.map((name) => [name, preset[name]])) };
}

/** How a config names a picked folder or file. */
export const filesNamed = (name: string): string => `files:${name}`;
