import * as tf from '@tensorflow/tfjs-core';
import { MemoryFileStore } from '../../../formats/bytes/memory-file-store';
import type { TrainedMethodName } from '../../../confidence/confidence-method';
import type { Backbone } from '../../../models/backbones/backbone';
import type { EvaluatedHead } from '../../../inference/evaluation/evaluate';
import type { RunConfig } from '../../../training/config/run-config';
import type { SessionEvent } from '../../../training/session/run-events';
import { runName, TrainingSession } from '../../../training/session/training-session';
import { nodeDecoder } from '../../node/decode-image';
import { openSource } from '../../node/node-files';
import { requireNodeMemory } from '../../node/node-memory';
import { MAX_BLOCK_BYTES } from '../../node/node-models';

/** Heads of several methods, trained one after another. */
export interface TrainedHeads {
  readonly heads: readonly EvaluatedHead[];
  dispose(): void;
}

/**
 * Trains a head for each method with the same config. The features are computed once for all.
 * @throws StudioError as a run does
 */
export async function trainHeads(
  methods: readonly TrainedMethodName[],
  config: RunConfig,
  backbone: Backbone,
  post: (event: SessionEvent) => void,
): Promise<TrainedHeads> {
  const sessions: TrainingSession[] = [];
  const heads: EvaluatedHead[] = [];
  // Shared by the sessions for their features. None of these runs is resumed.
  const store = new MemoryFileStore();
  for (const method of methods) {
    const own = { ...config, method };
    const source = await openSource(own.shards);
    await requireNodeMemory(own, backbone, source, false);
    const session = new TrainingSession({
      config: own,
      backbone,
      source,
      decoder: nodeDecoder,
      store,
      post,
      maxBlockBytes: MAX_BLOCK_BYTES,
      bytesAllocated: () => tf.memory().numBytes,
    });
    sessions.push(session);
    await session.run();
    heads.push({
      name: runName(own),
      head: session.trainer.head,
      method,
      radius: own.radius,
      calibration: session.calibration,
    });
  }
  return { heads, dispose: () => sessions.forEach((session) => session.dispose()) };
}
