import { StudioError } from '../../../core/studio-error';
import type { TensorFile } from '../../../formats/tensors/tensor-file';

/** Next step of an error: the layouts that can be read. */
export const KNOWN_LAYOUTS =
  'Known are IR and IR-SE of the published backbones.py (input_layer, body, output_layer), ' +
  'of TFace and face.evoLVe, and iresnet of InsightFace (layer1 to layer4); of other ' +
  'networks, take an ONNX export.';

/** Kinds of checkpoint that are no backbone, recognised by array names that only they have. */
const OTHER_CHECKPOINTS: readonly (readonly [pattern: RegExp, what: string])[] = [
  [
    /(^|\.)_log_kappa\.|(^|\.)uncer_net_state_dict\./,
    'This is a checkpoint of a confidence head; it is taken under "A trained head".',
  ],
  [
    /(^|\.)opt(imizer)?(_state|_state_dict)?\.state\.|\.exp_avg(_sq)?$|\.momentum_buffer$/,
    'This is the state of an optimiser.',
  ],
  [
    /(^|\.)arc_face_state_dict\.|softmax|(^|\.)(head|fc|kernel|classifier)(\.weight)?$/,
    'This is an FC layer; it is taken under "Class centres".',
  ],
  [/(^|\.)lora_|(^|\.)(blocks|encoder|transformer)\.\d+\./, 'This is a transformer.'],
  [
    /(^|\.)features\.\d+\.|\.depthwise|(^|\.)conv_\d*dw|\.conv_dw\./,
    'This looks like a MobileNet or a VGG.',
  ],
];

/**
 * The error for a file without an IR network: what kind of file it seems to be, judging by the
 * names of its arrays, and the first of those names.
 */
export function notIr({ name, entries }: Pick<TensorFile, 'name' | 'entries'>): StudioError {
  const names = [...entries.keys()];
  const single = names.length === 1 ? entries.get(names[0]!)! : undefined;
  const named = OTHER_CHECKPOINTS.find(([pattern]) =>
    names.some((each) => pattern.test(each)),
  )?.[1];
  const kind =
    named ??
    (single?.shape.length === 2
      ? 'This is one matrix, as class centres are; they are taken under "Class centres".'
      : undefined);
  const shown = names
    .slice(0, 5)
    .map((each) => `"${each}" [${entries.get(each)!.shape.join(', ')}]`);
  const found =
    names.length === 0
      ? 'no array'
      : `${names.length} ${names.length === 1 ? 'array' : 'arrays'}: ` +
        `${shown.join(', ')}${names.length > 5 ? ' and so on' : ''}`;
  return new StudioError(
    'bad-model',
    `${name} is not a known kind of backbone. It holds ${found}.${kind ? ` ${kind}` : ''}`,
    KNOWN_LAYOUTS,
  );
}
