import type { RunConfig } from '../../training/config/run-config';
import { allFields } from '../train/form-fields';

/** Names of the settings that the form sets elsewhere than in its sections. */
const otherNames: Readonly<Partial<Record<keyof RunConfig, string>>> = {
  preset: 'Preset',
  shards: 'Pictures',
  backbone: 'Backbone',
  inputConvention: 'Input convention',
  convFeature: 'Conv feature',
  zDim: 'Embedding dimension',
  convfDim: 'Size of the conv feature',
  centreFiles: 'File of class centres',
};

const formNames = new Map(allFields.map(({ name, label }) => [name, label] as const));

/**
 * The name of a setting, as the form has it: without what the form says about its values, as in
 * "Clip gradient norm (0 = off)".
 */
export const settingName = (name: keyof RunConfig): string =>
  (otherNames[name] ?? formNames.get(name) ?? name).split(/ ?[(:]/)[0]!;

/** Names of switches that read well after "with" and "without". */
const withoutVerbs: Readonly<Partial<Record<keyof RunConfig, string>>> = {
  flip: 'mirrored pictures',
  dropLast: 'dropping the last, short batch',
};

/** The name of a setting inside of a sentence: "batch size", "TensorBoard event files". */
export function settingNameInSentence(name: keyof RunConfig): string {
  const words = withoutVerbs[name] ?? settingName(name);
  const isProperName = /^\w+[A-Z]/.test(words);
  return isProperName ? words : words[0]!.toLowerCase() + words.slice(1);
}
