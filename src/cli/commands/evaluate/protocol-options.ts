import { StudioError } from '../../../core/studio-error';
import type { Protocol } from '../../../inference/evaluation/evaluate';
import { degradedShares, type DegradedShare } from '../../../inference/picture-plan';

/** The options of `scf evaluate` that say what is compared. */
export interface ProtocolOptions {
  readonly degrade?: string;
  readonly templates?: string;
  readonly all?: boolean;
  readonly pairs?: string;
  readonly pairsFromFolders?: string | true;
}

/** The protocols that a command line asks for. @throws StudioError `bad-config` */
export function protocolsOf({
  degrade,
  templates,
  all,
  pairs,
  pairsFromFolders,
}: ProtocolOptions): Protocol[] {
  if (all) {
    const onPairs =
      pairs === undefined && pairsFromFolders === undefined
        ? []
        : degradedShares.map((degraded): Protocol => ({ kind: 'pairs', degraded }));
    return [
      ...onPairs,
      {
        kind: 'templates',
        size: templates === undefined ? 3 : wholeNumber('templates', templates, 2),
        degraded: 'both',
      },
    ];
  }
  const shares = (degrade ?? (templates === undefined ? 'none' : 'both'))
    .split(',')
    .map((share): DegradedShare => {
      const found = degradedShares.find((each) => each === share);
      if (!found)
        throw new StudioError(
          'bad-config',
          `"${share}" is no share of a pair's pictures; ${degradedShares.join(', ')} were ` +
            'expected.',
          'Correct --degrade.',
        );
      return found;
    });
  if (new Set(shares).size < shares.length)
    throw new StudioError(
      'bad-config',
      `--degrade names a share twice: ${shares.join(',')}.`,
      'Name each once.',
    );
  if (templates === undefined) return shares.map((degraded) => ({ kind: 'pairs', degraded }));
  const size = wholeNumber('templates', templates, 2);
  return shares.map((degraded) => ({ kind: 'templates', size, degraded }));
}

/** An option that is a whole number. @throws StudioError `bad-config` below `least` */
export function wholeNumber(option: string, text: string, least: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < least || value >= 2 ** 32)
    throw new StudioError(
      'bad-config',
      `--${option} is ${text}; a whole number from ${least} was expected.`,
      `Correct --${option}.`,
    );
  return value;
}
