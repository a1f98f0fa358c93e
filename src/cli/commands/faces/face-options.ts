import { join } from 'node:path';
import { Option, type Command } from 'commander';
import { inputConventionOption } from '../../backbone-option';
import { headOption } from '../../heads/head-option';
import { backendOption } from '../train/train-command';

/** Options shared by `score`, `embed` and `rank`. */
export interface FaceOptions {
  /** Folder of the networks that find faces. */
  readonly models: string;
  /** By default `fr_feature.onnx` in the folder of models. */
  readonly backbone?: string;
  readonly inputConvention?: string;
  /** A file, or `photographs` or `drawn`; by default the studio's head for photographs. */
  readonly head?: string;
  readonly json?: boolean;
}

/** Adds the options that `score`, `embed` and `rank` share. */
export const withFaceOptions = (command: Command): Command =>
  command
    .addOption(headOption())
    .option('--models <dir>', 'folder of the ONNX models', 'public/models')
    .option('--backbone <file>', 'another backbone: ONNX, PyTorch or safetensors')
    .addOption(inputConventionOption())
    .addOption(new Option('--json', 'print the result as JSON'))
    .addOption(backendOption());

/** The backbone's file. */
export const backboneFile = ({ models, backbone }: FaceOptions): string =>
  backbone ?? join(models, 'fr_feature.onnx');
