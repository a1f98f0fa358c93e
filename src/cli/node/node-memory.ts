import type { FaceSource } from '../../faces/face-source';
import type { RunConfig } from '../../training/config/run-config';
import {
  requireFeatureMemory,
  requireWasmMemory,
  type FeatureShape,
} from '../../training/session/run-memory';
import { MAX_BLOCK_BYTES } from './node-models';

/**
 * Makes sure that a run fits this machine, before its head is made and its first picture read.
 * @param onDisk whether features are kept on disk between epochs
 * @throws StudioError `out-of-gpu-memory` or `bad-config`, with what it needs and what there is; as
 * `source.info` throws
 */
export async function requireNodeMemory(
  config: RunConfig,
  shape: FeatureShape,
  source: FaceSource,
  onDisk: boolean,
): Promise<void> {
  requireWasmMemory(config, shape, MAX_BLOCK_BYTES);
  const { images } = await source.info();
  requireFeatureMemory(config, shape, {
    images: images ?? null,
    onDisk,
    memory: process.availableMemory(),
  });
}
