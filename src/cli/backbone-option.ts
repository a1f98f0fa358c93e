import { Option } from 'commander';
import {
  describeInputConvention,
  describeConventionOrigin,
  parseInputConvention,
} from '../models/backbones/input-convention-text';
import type { Backbone } from '../models/backbones/backbone';
import type { BackboneReading } from './node/node-models';

/** How a backbone is read, and which option or file says so. */
export interface ChosenReading extends BackboneReading {
  /** As the end of a sentence: `as --input-convention says`. */
  readonly given: string;
}

/**
 * The option `--input-convention` of every command that reads faces.
 * @throws StudioError `bad-config` for text that is no input convention
 */
export function inputConventionOption(): Option {
  const what = 'what the backbone is fed: order, mean and divisor such as "BGR 127.5 127.5"';
  const flag = '--input-convention <convention>';
  return new Option(flag, `${what}; by default as its file or its kind says`).argParser((text) => {
    parseInputConvention(text);
    return text;
  });
}

/**
 * How to read a backbone: as `--input-convention` says, otherwise as a head or a run was trained.
 * @param flag the value of `--input-convention`
 * @param says what a head's file or a run's config says, and what to call it in a sentence
 */
export function chosenReading(
  flag: string | undefined,
  says?: { readonly reading: BackboneReading; readonly of: string },
): ChosenReading {
  const { inputConvention, convFeature } = says?.reading ?? {};
  if (flag !== undefined) {
    return { inputConvention: flag, convFeature, given: 'as --input-convention says' };
  }
  return { inputConvention, convFeature, given: says ? `as ${says.of} says` : 'as given' };
}

/** What a backbone is fed and where that comes from, as a sentence. */
export function howItIsFed(backbone: Backbone, { given }: Pick<ChosenReading, 'given'>): string {
  const { input, description } = backbone;
  const { inputOrigin } = description;
  const isUncertain = inputOrigin.kind === 'default' || inputOrigin.kind === 'layers';
  const hint = isUncertain ? '; --input-convention sets another' : '';
  return (
    `${backbone.name} is fed ${describeInputConvention(input)}, ` +
    `${describeConventionOrigin(inputOrigin, given)}${hint}.`
  );
}
