import type { TensorFile } from '../formats/tensor-file';
import type { Backbone } from '../models/backbone';
import type { ConfidenceHead } from '../models/heads/confidence-head';
import { createHead, type HeadName } from '../models/heads/create-head';
import { publishedArrays, recogniseHead } from '../models/heads/torch-head';
import { badFile, fillArrays, requireArrays, type ArrayFilling } from './fill-arrays';
import { fillingOf, HEAD_FORMAT, runOf } from './checkpoint';
import { presets, resolveConfig, type RunConfig } from './run-config';
import { publishedPrefix, requireWeights, weightFillings } from './scf-checkpoint';

/** A trained head out of a file, ready to give κ. */
export interface OpenedHead {
  readonly name: HeadName;
  readonly head: ConfidenceHead;
  /** The run that made it, where the file says. */
  readonly config: RunConfig | null;
  /** r of the sphere that it was trained on; the published code's where the file doesn't say. A score only shifts with it. */
  readonly radius: number;
  /** Optimiser steps that made it, where the file says. */
  readonly step: number | null;
  /**
   * The file names the backbone that the head was trained on, and it is the one at hand. Otherwise nobody knows but the
   * person: on another backbone, or one that is fed in another way, κ means nothing.
   */
  readonly backboneVerified: boolean;
  /** Frees the head. */
  dispose(): void;
}

/** What a file says of its head: nothing, where the published code wrote it. */
interface HeadOrigin {
  readonly config: RunConfig | null;
  readonly backboneHash: string | null;
  readonly step: number | null;
}

/**
 * Opens a head for inference, whoever wrote it: the studio's head or run, a `ckpt_e{N}.pt`, or a bare `uncer_net_state_dict`.
 * @param maxBlockBytes the largest single array that the backend can bind
 * @throws StudioError `bad-checkpoint` for arrays that are no head's, that don't fit the backbone or that hold no numbers,
 * and for a head of another backbone
 */
export async function openHead(file: TensorFile, backbone: Backbone, maxBlockBytes: number): Promise<OpenedHead> {
  const { config, backboneHash, step } = originOf(file);
  if (backboneHash !== null && backboneHash !== backbone.hash) throw badFile(file, `Its head was trained on another backbone than "${backbone.name}".`);
  const { name, fillings } = config && file.form === 'safetensors' ? studioHead(file, config.head) : publishedHead(file, backbone);
  const head = createHead(name, { convShape: backbone.convShape, embeddingDim: backbone.embeddingDim, initialLogKappa: null }, config?.seed ?? 0, maxBlockBytes);
  try {
    await fillArrays(file, fillings(head));
  } catch (thrown) {
    head.dispose();
    throw thrown;
  }
  const radius = config?.radius ?? presets.published.radius;
  return { name, head, config, radius, step, backboneVerified: backboneHash !== null, dispose: () => head.dispose() };
}

/** The settings of the run that made a head, where its file says: they tell how its backbone was fed. @throws StudioError `bad-checkpoint` */
export const headConfig = (file: TensorFile): RunConfig | null => originOf(file).config;

function originOf(file: TensorFile): HeadOrigin {
  const run = runOf(file);
  if (run) return { config: run.config, backboneHash: run.backboneHash, step: run.cursor.step };
  const { format, config, backboneHash, step } = file.metadata;
  if (format === HEAD_FORMAT && config) {
    return { config: configOf(file, config), backboneHash: backboneHash ?? null, step: Number.isInteger(Number(step)) ? Number(step) : null };
  }
  const globalStep = file.values.get('global_step');
  return { config: null, backboneHash: null, step: typeof globalStep === 'number' ? globalStep : null };
}

function configOf(file: TensorFile, text: string): RunConfig {
  try {
    return resolveConfig(JSON.parse(text) as Record<string, unknown>);
  } catch (thrown) {
    throw badFile(file, `What it says of itself can't be read (${thrown instanceof Error ? thrown.message : String(thrown)}).`);
  }
}

/** A head in the studio's own names and layout, by itself or in a run's file. */
function studioHead(file: TensorFile, name: HeadName): { name: HeadName; fillings: (head: ConfidenceHead) => ArrayFilling[] } {
  const isRun = file.metadata.format !== HEAD_FORMAT;
  return {
    name,
    fillings: (head) => {
      const grouped = [['head', head.parameters], ['buffer', head.buffers]] as const;
      const fillings = grouped.flatMap(([group, variables]) => [...variables].map(([each, variable]) => fillingOf(file, isRun ? `${group}.${each}` : each, variable)));
      const shapes = new Map(fillings.map((filling) => [filling.name, filling.variable.shape]));
      requireArrays(file, shapes, (each) => !isRun || each.startsWith('head.') || each.startsWith('buffer.'));
      return fillings;
    },
  };
}

/** A head in PyTorch's names and layout. Its shapes are compared before a head is made: the published one takes 1.6 GB. */
function publishedHead(file: TensorFile, backbone: Backbone): { name: HeadName; fillings: (head: ConfidenceHead) => ArrayFilling[] } {
  const found = SIGNATURES.map((signature) => publishedPrefix(file, signature)).find((each) => each !== null);
  const prefix = found ?? '';
  const name = found === undefined ? null : recogniseHead({ has: (key) => file.entries.has(prefix + key) });
  if (!name) {
    const names = [...file.entries.keys()].slice(0, 6).join(', ') || 'none';
    throw badFile(file, `Its arrays are no confidence head's: ${names}. Keys such as ${SIGNATURES.join(', ')} were expected.`);
  }
  requireWeights(file, publishedArrays(name, backbone.convShape), prefix);
  return { name, fillings: (head) => weightFillings(file, head, prefix) };
}

/** A key of each head. */
const SIGNATURES = ['conv_.0.weight', '_log_kappa.0.weight', 'hidden.weight'] as const;
