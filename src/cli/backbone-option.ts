import { Option } from 'commander';
import {
  conventionWords,
  originWords,
  parseInputConvention,
} from '../models/backbones/input-convention-text';
import type { Backbone } from '../models/backbones/backbone';
import type { BackboneReading } from './node/node-models';

/** How a backbone is read, and where that was said. */
export interface ToldReading extends BackboneReading {
  /** As the end of a sentence: `as --input-convention says`. */
  readonly given: string;
}

/**
 * `--input-convention`: what every command that reads faces takes.
 * @throws StudioError `bad-config` for what is none
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
 * How a backbone is read: as the flag says, or as what a head or a run was trained with.
 * @param flag of `--input-convention`
 * @param says what that file says, and which it is
 */
export function toldReading(
  flag: string | undefined,
  says?: { readonly reading: BackboneReading; readonly of: string },
): ToldReading {
  const { inputConvention, convFeature } = says?.reading ?? {};
  if (flag !== undefined) {
    return { inputConvention: flag, convFeature, given: 'as --input-convention says' };
  }
  return { inputConvention, convFeature, given: `as ${says?.of ?? 'it was told'} says` };
}

/** What a backbone is fed and where that comes from, as a sentence. */
export function howItIsFed(backbone: Backbone, { given }: Pick<ToldReading, 'given'>): string {
  const { input, description } = backbone;
  const { inputOrigin } = description;
  const isUncertain = inputOrigin.kind === 'default' || inputOrigin.kind === 'layers';
  const hint = isUncertain ? '; --input-convention sets another' : '';
  return (
    `${backbone.name} is fed ${conventionWords(input)}, ` +
    `${originWords(inputOrigin, given)}${hint}.`
  );
}
