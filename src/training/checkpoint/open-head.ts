import {
  concentrationSize,
  type Calibration,
  type TrainedMethodName,
} from '../../confidence/confidence-method';
import { verifyFileChecksums } from '../../formats/tensors/array-checksum';
import type { TensorFile } from '../../formats/tensors/tensor-file';
import type { Backbone } from '../../models/backbones/backbone';
import type { ConfidenceHead, HeadName } from '../../models/heads/confidence-head';
import { createHead } from '../../models/heads/create-head';
import { publishedArrays, recogniseHead } from '../../models/heads/torch-head';
import { badFile, fillArrays, requireArrays, type ArrayFilling } from '../step/fill-arrays';
import { fillingsOf, HEAD_FORMAT, runOf } from './checkpoint';
import { readHeadMetadata, type HeadMetadata } from './head-file-metadata';
import { DISTRIBUTION, readReadings } from '../head-file/readings-in-file';
import { presets, type RunConfig } from '../config/run-config';
import type { HeadReading } from '../session/run-events';
import { publishedPrefix, requireWeights, weightFillings } from './scf-checkpoint';

/** A trained head that was read from a file, ready to predict κ. */
export interface OpenedHead {
  readonly name: HeadName;
  readonly head: ConfidenceHead;
  /** Settings of the run that made it; null if the file doesn't say. */
  readonly config: RunConfig | null;
  /** The method that it was trained by. */
  readonly method: TrainedMethodName;
  /** κ′ = a·κ^b, fitted on its validation pairs; null if the file has none. */
  readonly calibration: Calibration | null;
  /** What it gives for its validation pictures, by policy; empty if the file doesn't say. */
  readonly readings: readonly HeadReading[];
  /**
   * Radius r that it was trained with; that of the published code if the file doesn't say. Another
   * radius only shifts all scores.
   */
  readonly radius: number;
  /** Optimiser steps of its training; null if the file doesn't say. */
  readonly step: number | null;
  /**
   * Whether the file confirms that the head was trained on this backbone. If the file doesn't say,
   * only the user can know: with another backbone, or with another input convention, κ means
   * nothing.
   */
  readonly backboneVerified: boolean;
  /** A sentence about how it failed to learn; null if the file doesn't say that it did. */
  readonly collapse: string | null;
  /** Frees the head. */
  dispose(): void;
}

/** What a file says about its head. All null in files of the published code, except the step. */
type HeadOrigin = Omit<HeadMetadata, 'config'> & { readonly config: RunConfig | null };

/**
 * Opens a head for inference from any supported file: the studio's head or run, a `ckpt_e{N}.pt`,
 * or a bare `uncer_net_state_dict`.
 * @param maxBlockBytes the largest single array that the backend can bind
 * @throws StudioError `bad-checkpoint` for arrays that aren't a head's, that don't fit the backbone
 * or that hold NaN, and for a head of another backbone
 */
export async function openHead(
  file: TensorFile,
  backbone: Backbone,
  maxBlockBytes: number,
): Promise<OpenedHead> {
  const { config, backboneHash, step, calibration, collapse } = originOf(file);
  if (backboneHash !== null && backboneHash !== backbone.hash)
    throw badFile(
      file,
      `Its head was trained on another backbone than "${backbone.name}", or on it fed in ` +
        'another way.',
    );
  const { name, fillings } =
    config && file.form === 'safetensors'
      ? studioHead(file, config.head)
      : publishedHead(file, backbone);
  const method = config?.method ?? 'scf';
  const head = createHead(
    name,
    {
      convShape: backbone.convShape,
      embeddingDim: backbone.embeddingDim,
      outputSize: concentrationSize(method, backbone.embeddingDim),
      initialLogKappa: null,
    },
    config?.seed ?? 0,
    maxBlockBytes,
  );
  let readings: HeadReading[];
  try {
    const wanted = fillings(head);
    await verifyFileChecksums(file);
    await fillArrays(file, wanted);
    readings = await readReadings(file, step ?? 0);
  } catch (thrown) {
    head.dispose();
    throw thrown;
  }
  const radius = config?.radius ?? presets.published.radius;
  return {
    name,
    head,
    config,
    method,
    calibration,
    readings,
    radius,
    step,
    backboneVerified: backboneHash !== null,
    collapse,
    dispose: () => head.dispose(),
  };
}

/** What a head's file says about the head's training. All null in files of the published code. */
export interface HeadSource {
  /** Settings of the run that made it, among them its method and the backbone's input. */
  readonly config: RunConfig | null;
  /** Hash of the backbone that it was trained on. */
  readonly backboneHash: string | null;
}

/** Reads how a file's head was trained, without its arrays. @throws StudioError `bad-checkpoint` */
export function headSource(file: TensorFile): HeadSource {
  const { config, backboneHash } = originOf(file);
  return { config, backboneHash };
}

function originOf(file: TensorFile): HeadOrigin {
  const run = runOf(file);
  if (run)
    return {
      config: run.config,
      backboneHash: run.backboneHash,
      step: run.cursor.step,
      calibration: null,
      collapse: run.collapse ?? null,
    };
  const said = file.metadata.format === HEAD_FORMAT ? readHeadMetadata(file) : null;
  if (said) return said;
  const globalStep = file.values.get('global_step');
  return {
    config: null,
    backboneHash: null,
    step: typeof globalStep === 'number' ? globalStep : null,
    calibration: null,
    collapse: null,
  };
}

/** A head in the studio's own names and layout, in a head's or a run's file. */
function studioHead(
  file: TensorFile,
  name: HeadName,
): { name: HeadName; fillings: (head: ConfidenceHead) => ArrayFilling[] } {
  const isRun = file.metadata.format !== HEAD_FORMAT;
  return {
    name,
    fillings: (head) => {
      const grouped = [
        ['head.', head.parameters],
        ['buffer.', head.buffers],
      ] as const;
      const fillings = grouped.flatMap(([group, variables]) =>
        fillingsOf(file, isRun ? group : '', variables),
      );
      const shapes = new Map(fillings.map((filling) => [filling.name, filling.variable.shape]));
      requireArrays(file, shapes, (each) =>
        isRun
          ? each.startsWith('head.') || each.startsWith('buffer.')
          : !each.startsWith(DISTRIBUTION),
      );
      return fillings;
    },
  };
}

/**
 * A head in PyTorch's names and layout. Its shapes are checked before a head is made, since the
 * published one takes 1.6 GB.
 */
function publishedHead(
  file: TensorFile,
  backbone: Backbone,
): { name: HeadName; fillings: (head: ConfidenceHead) => ArrayFilling[] } {
  const found = SIGNATURES.map((signature) => publishedPrefix(file, signature)).find(
    (each) => each !== null,
  );
  const prefix = found ?? '';
  const name =
    found === undefined ? null : recogniseHead({ has: (key) => file.entries.has(prefix + key) });
  if (!name) {
    const names = [...file.entries.keys()].slice(0, 6).join(', ') || 'none';
    throw badFile(
      file,
      `Its arrays are no confidence head's: ${names}. Keys such as ` +
        `${SIGNATURES.join(', ')} were expected.`,
    );
  }
  requireWeights(file, publishedArrays(name, backbone.convShape), prefix);
  return { name, fillings: (head) => weightFillings(file, head, prefix) };
}

/** For each kind of head, an array name that only it has. */
const SIGNATURES = ['conv_.0.weight', '_log_kappa.0.weight', 'hidden.weight'] as const;
