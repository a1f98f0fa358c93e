import { Command } from 'commander';
import { StudioError } from '../core/studio-error';
import { centresCommand } from './commands/centres';
import { evaluateCommand } from './commands/evaluate/evaluate';
import { evaluateIjbCommand } from './commands/evaluate/evaluate-ijb';
import { embedCommand } from './commands/faces/embed';
import { rankCommand } from './commands/faces/rank';
import { scoreCommand } from './commands/faces/score';
import { ijbSelftestCommand } from './commands/evaluate/ijb-selftest';
import { inspectCommand } from './commands/inspect';
import { lessonCommand } from './commands/lesson';
import { packCommand } from './commands/pack/pack';
import { reportCommand } from './commands/runs/report-command';
import { runsCommand } from './commands/runs/runs-command';
import { publishedCommandCommand } from './commands/train/published-text';
import { trainCommand } from './commands/train/train-command';

const program = new Command('scf')
  .description('Sphere Confidence Face on the command line')
  .addCommand(trainCommand())
  .addCommand(runsCommand())
  .addCommand(reportCommand())
  .addCommand(scoreCommand())
  .addCommand(embedCommand())
  .addCommand(rankCommand())
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
