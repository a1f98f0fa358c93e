import type { PickedFile } from '../../faces/sources/folder/local-file';
import { withSource, type RunConfig } from '../../training/config/run-config';
import { send } from '../shell/studio-client';
import { studioStore } from '../shell/studio-store';

/** A choice of shards, typed or picked. */
export interface ShardsChoice {
  /** As `config.shards` takes it. */
  readonly shards: string;
  readonly files?: readonly PickedFile[];
  /** Settings that suit them. */
  readonly part?: Partial<RunConfig>;
}

/**
 * Sets the shards of the next run, and the preset that suits them ({@link withSource}). Drops what was known of the shards before, even under the same
 * name: it may be another folder.
 */
export function chooseShards({ shards, files = [], part }: ShardsChoice): void {
  if (studioStore.getState().dataPending) send({ type: 'stop-data' });
  studioStore.setState(({ config, errors }) => ({
    config: { ...withSource(config, shards), ...part },
    files,
    look: null,
    survey: null,
    plan: null,
    errors: errors.filter(({ scope, about }) => scope !== 'data' || about === 'cache'),
  }));
}

/** How a config names a picked folder or file. */
export const filesNamed = (name: string): string => `files:${name}`;
