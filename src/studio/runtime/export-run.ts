import { blobOfChunks } from '../../formats/bytes/joined-bytes';
import { writeTorchZip } from '../../formats/torch/torch-writer';
import type { RunConfig } from '../../training/config/run-config';
import { runName, type TrainingSession } from '../../training/session/training-session';
import type { ExportedFile, ExportKind } from '../protocol';

/** Makes a file of the current run. */
export async function exportRun(what: ExportKind, session: TrainingSession): Promise<ExportedFile> {
  switch (what) {
    case 'head': {
      const head = await session.exportHead();
      const blob = await blobOfChunks(head.chunks()).finally(head.dispose);
      return { name: `${runName(session.config)}.safetensors`, blob };
    }
    case 'run':
      return runFile(session.config, await blobOfRun(session));
    case 'checkpoint': {
      const { name, root } = session.exportCheckpoint();
      return {
        name,
        blob: await new Response(writeTorchZip(root, name.replace(/\.pt$/, ''))).blob(),
      };
    }
    default:
      return what satisfies never;
  }
}

/** A file that this studio can resume the run from. */
const runFile = (config: RunConfig, blob: Blob): ExportedFile => ({
  name: `run-${runName(config)}.safetensors`,
  blob,
});

async function blobOfRun(session: TrainingSession): Promise<Blob> {
  const file = session.exportRun();
  try {
    return await blobOfChunks(file.chunks);
  } finally {
    file.dispose();
  }
}
