import { Command } from 'commander';
import { StudioError } from '../core/studio-error';
import { inputConventionOption } from './backbone-option';
import { centresCommand } from './commands/centres';
import { evaluateCommand } from './commands/evaluate/evaluate';
import { evaluateIjbCommand } from './commands/evaluate/evaluate-ijb';
import { embed, score, type FaceOptions } from './commands/face-commands';
import { ijbSelftestCommand } from './commands/evaluate/ijb-selftest';
import { inspectCommand } from './commands/inspect';
import { lessonCommand } from './commands/lesson';
import { packCommand } from './commands/pack/pack';
import { publishedCommandCommand } from './commands/train/published-text';
import { backendOption, trainCommand } from './commands/train/train-command';

const program = new Command('scf')
  .description('Sphere Confidence Face on the command line')
  .addCommand(trainCommand());

program
  .command('embed')
  .description('unit embeddings of pictures, and kappa where a head is given')
  .argument('<pictures...>', 'photographs, or aligned 112 × 112 crops')
  .requiredOption('--out <file>', 'where the embeddings go (.safetensors)')
  .option('--head <file>', 'head.safetensors made by train, or ckpt_e30.pt')
  .option('--models <dir>', 'folder of the ONNX models', 'public/models')
  .option('--backbone <file>', 'another backbone: ONNX, PyTorch or safetensors')
  .addOption(inputConventionOption())
  .option('--json', 'print the result as JSON')
  .addOption(backendOption())
  .addHelpText(
    'after',
    `
A picture that can't be read, or shows no face, is skipped and named on stderr; the others are
written, and the last line counts both (--json lists them under "skipped"). The exit code is 0 then,
and 1 where no picture could be embedded or the file could not be written in its place.`,
  )
  .action((pictures: string[], options: FaceOptions & { out: string }) => embed(pictures, options));

program
  .command('score')
  .description('compare the faces of two pictures by cosine and, with a head, by Eqn (13)')
  .argument('<a>', 'photograph, or aligned 112 × 112 crop')
  .argument('<b>')
  .option('--head <file>', 'head.safetensors made by train, or ckpt_e30.pt')
  .option('--models <dir>', 'folder of the ONNX models', 'public/models')
  .option('--backbone <file>', 'another backbone: ONNX, PyTorch or safetensors')
  .addOption(inputConventionOption())
  .option('--json', 'print the result as JSON')
  .addOption(backendOption())
  .action((a: string, b: string, options: FaceOptions) => score(a, b, options));

program
  .addCommand(evaluateCommand())
  .addCommand(evaluateIjbCommand())
  .addCommand(ijbSelftestCommand())
  .addCommand(inspectCommand())
  .addCommand(packCommand())
  .addCommand(centresCommand())
  .addCommand(lessonCommand())
  .addCommand(publishedCommandCommand());

await program.parseAsync().catch((thrown: unknown) => {
  const { message, nextStep } = StudioError.record(thrown, 'worker-crashed', '');
  console.error(`${message} ${nextStep}`.trim());
  process.exitCode = 1;
});
