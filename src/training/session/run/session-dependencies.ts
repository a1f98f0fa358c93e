import type { FileStore } from '../../../formats/bytes/file-store';
import type { CropDecoder } from '../../../faces/decode/crop-decoder';
import type { FaceSource } from '../../../faces/face-source';
import type { Backbone } from '../../../models/backbones/backbone';
import type { ClassCentres } from '../../../models/centres/class-centres';
import type { RunConfig } from '../../config/run-config';
import type { SessionEvent } from '../run-events';
import type { RunMachine } from '../run-machine';

/** What a session is made of: everything that differs between page, command line and test. */
export interface SessionDependencies {
  readonly config: RunConfig;
  readonly backbone: Backbone;
  readonly source: FaceSource;
  readonly decoder: CropDecoder;
  /** Class centres from elsewhere, for `centres: file`. */
  readonly centres?: ClassCentres;
  /** Of this run alone: its checkpoints, and what they depend on. */
  readonly store: FileStore;
  /** Keeps what later runs can use too, found by contents; by default `store`. */
  readonly shared?: FileStore;
  /** Keeps features between epochs and runs. Without it they are held in memory. */
  readonly features?: FileStore;
  /** Pictures in one pass of the backbone; by default BACKBONE_BATCH. */
  readonly backboneBatch?: number;
  readonly post: (event: SessionEvent) => void;
  /** Whether somebody looks at a map of the embeddings: it takes some time to make. */
  readonly isMapped?: boolean;
  /** The state of the run, if it outlives this session; the session makes its own otherwise. */
  readonly machine?: RunMachine;
  /** The largest single array that the backend can bind, in bytes. */
  readonly maxBlockBytes: number;
  /** Bytes that the backend holds at the moment. */
  readonly bytesAllocated: () => number;
}
