import type { RunConfig } from '../../training/config/run-config';
import { versions } from '../../training/versions';
import { madeUpName, newRunId } from './run-id';
import { MANIFEST_VERSION, type RunManifest } from '../run-manifest';

/** What a run begins with. */
export interface NewRun {
  readonly config: RunConfig;
  readonly backbone: { readonly name: string; readonly hash: string };
  /** The backend and, on webgpu, the adapter. */
  readonly machine: string;
}

/** The manifest of a run that has not begun. @param startedAt ms since the Unix epoch */
export function newManifest({ config, backbone, machine }: NewRun, startedAt: number): RunManifest {
  const id = newRunId(startedAt);
  return {
    version: MANIFEST_VERSION,
    id,
    name: madeUpName(id),
    isStarred: false,
    note: '',
    startedAt,
    changedAt: startedAt,
    state: 'running',
    failure: null,
    config,
    backbone: { name: backbone.name, hash: backbone.hash },
    data: {
      name: config.shards,
      fingerprint: null,
      trainingImages: null,
      validationImages: null,
    },
    versions,
    machine,
    step: 0,
    epoch: 0,
    loss: null,
    spearman: null,
    checkpointStep: null,
    hasEnded: false,
    origin: 'trained',
  };
}
