import { writeTorchZip } from '../formats/torch-writer';
import { runName, type TrainingSession } from '../training/training-session';
import type { ExportKind } from './protocol';

/** A file to be downloaded. A Blob may lie on disk: a checkpoint of the published head has 4.7 GB. */
export interface ExportedFile {
  readonly name: string;
  readonly blob: Blob;
}

/** Makes a file of the run at hand. */
export async function exportRun(what: ExportKind, session: TrainingSession): Promise<ExportedFile> {
  switch (what) {
    case 'head':
      return { name: `${runName(session.config)}.safetensors`, blob: blobOf(await session.exportHead()) };
    case 'run':
      return { name: `run-${runName(session.config)}.safetensors`, blob: blobOf(await session.exportRun()) };
    case 'checkpoint': {
      const { name, root } = session.exportCheckpoint();
      return { name, blob: await new Response(writeTorchZip(root, name.replace(/\.pt$/, ''))).blob() };
    }
    default:
      return what satisfies never;
  }
}

const blobOf = (bytes: Uint8Array): Blob => new Blob([bytes as Uint8Array<ArrayBuffer>]);
