import { Command } from 'commander';
import {
  printPublishedCommand,
  readPublishedCommand,
  type CommandNote,
  type PublishedCommand,
} from '../../../training/config/published/published-command';
import { differencesFromPreset, resolveConfig } from '../../../training/config/run-config';
import { printable } from '../inspect-text';

/**
 * `scf command "<text>"`: shows the settings that a published training command sets, a note for
 * each flag, and the command that the studio would print for them.
 */
export function publishedCommandCommand(): Command {
  return new Command('command')
    .description(
      'read a published training command: its settings, what each flag means, and the ' +
        'command printed back',
    )
    .argument('<text>', 'the whole command between quotes, such as "python train.py --lr 3e-5"')
    .option('--json', 'print the result as JSON')
    .action((text: string, { json }: { readonly json?: boolean }) => {
      const command = readPublishedCommand(text);
      console.log(
        json
          ? JSON.stringify({ ...command, printed: printedBack(command) })
          : publishedText(command),
      );
    });
}

const meanings: Readonly<Record<CommandNote['what'], string>> = {
  mapped: '',
  'read-otherwise': 'read otherwise',
  unknown: 'unknown',
};

/** A command that was read, as text. */
export function publishedText(command: PublishedCommand): string {
  const config = resolveConfig(command.config);
  const differences = Object.entries(differencesFromPreset(config));
  return [
    differences.length === 0
      ? `The "${config.preset}" preset, as it is.`
      : `The "${config.preset}" preset, with`,
    ...differences.map(([name, value]) => `  ${name.padEnd(20)} ${printable(String(value))}`),
    '',
    ...command.notes.map(
      ({ flag, value, what, sentence }) =>
        `${printable(`${flag} ${value}`).padEnd(28)} ${meanings[what].padEnd(15)} ` +
        printable(sentence),
    ),
    '',
    printedBack(command),
  ].join('\n');
}

function printedBack({ config, outputDir, savedBackbone, savedFc }: PublishedCommand): string {
  return printPublishedCommand(resolveConfig(config), { outputDir, savedBackbone, savedFc });
}
