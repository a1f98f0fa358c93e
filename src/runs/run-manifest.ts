import type { RunConfig } from '../training/config/run-config';

/** Version of the layout that {@link RunManifest} describes. Older ones are migrated when read. */
export const MANIFEST_VERSION = 1;

/** How a kept run ended, or that it hasn't: `interrupted` when its program died with it. */
export type KeptRunState = 'running' | 'finished' | 'stopped' | 'failed' | 'interrupted';

/** `manifest.json` of a run's folder: all that the list of runs shows, without its arrays. */
export interface RunManifest {
  /** {@link MANIFEST_VERSION}, or that of a later version of the studio, which wrote it. */
  readonly version: number;
  /** Letters, digits and `-`; the name of its folder. Never changes. */
  readonly id: string;
  /** Made up at the start, such as "calm-river"; a person may change it. */
  readonly name: string;
  readonly isStarred: boolean;
  /** A person's own words; empty without any. */
  readonly note: string;
  /** Milliseconds since the Unix epoch. */
  readonly startedAt: number;
  /** When it last saved, or ended. */
  readonly changedAt: number;
  readonly state: KeptRunState;
  /** Why it failed; null otherwise. */
  readonly failure: string | null;
  readonly config: RunConfig;
  readonly backbone: { readonly name: string; readonly hash: string };
  readonly data: {
    /** What the person chose, such as the name of a folder or the address of a manifest. */
    readonly name: string;
    readonly fingerprint: string | null;
    /** null if they are known only after the first epoch, which never came. */
    readonly trainingImages: number | null;
    readonly validationImages: number | null;
  };
  readonly versions: { readonly studio: string; readonly tfjs: string };
  /** The backend and, on webgpu, the adapter: "webgpu · ANGLE (…)", "wasm · 2 threads". */
  readonly machine: string;
  /** Steps and epochs done, at the last save. */
  readonly step: number;
  readonly epoch: number;
  /** Of the last steps (debiased smoothing); null before the first. */
  readonly loss: number | null;
  /** Spearman's ρ of the last validation; null before it, or where it is undefined. */
  readonly spearman: number | null;
  /** The step of the checkpoint that it can go on from; null if it has none. */
  readonly checkpointStep: number | null;
  /** It has run to its end, by its epochs or by its patience: there is nothing to go on with. */
  readonly hasEnded: boolean;
  /** Where it came from: another store's export, a file, or a release without this layout. */
  readonly origin: 'trained' | 'imported' | 'migrated';
  /**
   * What its folder holds, so that the list needn't look at every file. Absent while somebody
   * writes there, and where nobody has looked since.
   */
  readonly files?: { readonly bytes: number; readonly hasHead: boolean };
}

/** What a person may change of a kept run. */
export type RunLabels = Pick<RunManifest, 'name' | 'isStarred' | 'note'>;

/** A line of the list of runs. */
export interface RunSummary extends RunManifest {
  /** All files of its folder, but its manifest. */
  readonly bytes: number;
  readonly hasHead: boolean;
}
