import type { RunCommand } from '../protocol/run';
import type { ExportedFile } from '../runtime/export-run';
import { done, type Handlers, type HandlerTools } from './handlers';

/** Carries out requests about the training run. */
export function runHandlers({
  context,
  controllers,
  access,
}: HandlerTools): Handlers<RunCommand['type']> {
  const { runs } = controllers;
  const postFile = ({ name, blob }: ExportedFile) => context.post({ type: 'file', name, blob });
  return {
    start: done((command) => access.asRun(() => runs.start(command.config, command))),
    'resume-saved': done((command) => access.asRun(() => runs.resumeSaved(command))),
    'resume-file': done((command) =>
      access.asRun(() => runs.resumeFile(command.file, command.config, command)),
    ),
    'discard-saved': done(() => access.withTabLock(() => runs.discardSaved())),
    pause: done(() => runs.session?.control.pause()),
    continue: done(() => runs.session?.play()),
    step: done(() => runs.session?.control.stepOnce()),
    stop: done(() => runs.stop()),
    export: done(async ({ what }) => postFile(await runs.export(what))),
  };
}
