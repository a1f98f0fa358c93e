import type { RunCommand } from '../protocol/run';
import { smallPictures } from '../runtime/run-pictures';
import { done, type Handlers, type HandlerTools } from './handlers';

/** Carries out requests about the training run. */
export function runHandlers({ controllers }: HandlerTools): Handlers<RunCommand['type']> {
  const { runs } = controllers;
  return {
    start: done((command, task) => runs.start(command.config, command, task)),
    'resume-run': done((command, task) => runs.resumeKept(command.runId, command, task)),
    'resume-file': done((command, task) =>
      runs.resumeFile(command.file, command.config, command, task),
    ),
    pause: done(() => runs.session?.control.pause()),
    continue: done(() => runs.session?.play()),
    step: done(() => runs.session?.control.stepOnce()),
    stop: done(() => runs.stop()),
    'read-pictures': ({ pictures, side }) => smallPictures(runs.session, pictures, side),
    export: ({ what }) => runs.export(what),
  };
}
