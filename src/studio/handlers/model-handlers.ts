import { DecodePool } from '../../faces/decode/decode-pool';
import type { PickedFile } from '../../faces/sources/folder/local-file';
import { BlobByteSource } from '../../formats/bytes/byte-source';
import type { RunConfig } from '../../training/config/run-config';
import type { BackboneChoice, SourceCentres } from '../protocol';
import type { ModelCommand } from '../protocol/models';
import type { Task } from '../task';
import { done, type Handlers, type HandlerTools } from './handlers';

/** Carries out requests about backbones, class centres, heads from files and the lesson. */
export function modelHandlers(tools: HandlerTools): Handlers<ModelCommand['type']> {
  const { context, controllers } = tools;
  const { models, lesson } = controllers;
  return {
    'use-backbone': done(({ choice, files }, task) => changeBackbone(tools, choice, files, task)),
    'use-centres': ({ name, files }, task) =>
      change(tools, 'a reading of class centres', () => models.useCentres(name, files, task)),
    'compare-centres': ({ config, files }, task) => compareCentres(tools, config, files, task),
    'load-head': done(({ file }) =>
      change(tools, 'another head', () =>
        controllers.loadHead(new BlobByteSource(file.name, file), file.name),
      ),
    ),
    'stop-models': done(() => models.stop()),
    'start-lesson': done(({ config, files }, task) =>
      context.lease.hold({ use: 'lesson', what: 'a lesson' }, () =>
        controllers.runLesson(config, files, task),
      ),
    ),
    'stop-lesson': done(() => lesson.stop()),
    'export-lesson': async () => {
      const file = await lesson.file();
      return { name: file.name, blob: file };
    },
    'use-lesson': done((_, task) => useLesson(tools, task)),
  };
}

/** Changes what the backend holds, once it is free. @throws StudioError `bad-config` if refused */
const change = <T>({ context }: HandlerTools, what: string, work: () => Promise<T>) =>
  context.lease.hold({ use: 'change', what }, work);

function changeBackbone(
  tools: HandlerTools,
  choice: BackboneChoice,
  files: readonly PickedFile[] | undefined,
  task: Task,
): Promise<void> {
  const { controllers } = tools;
  return change(tools, 'another backbone', async () => {
    if (await controllers.models.useBackbone(choice, files, task))
      await controllers.backboneChanged();
  });
}

/**
 * Puts the lesson's small backbone in use.
 * @throws StudioError `bad-checkpoint` if there is none
 */
async function useLesson(tools: HandlerTools, task: Task): Promise<void> {
  const file = await tools.controllers.lesson.file();
  const choice: BackboneChoice = {
    backbone: `files:${file.name}`,
    inputConvention: 'auto',
    convFeature: 'body',
  };
  return changeBackbone(tools, choice, [{ file, path: file.name }], task);
}

async function compareCentres(
  { context, controllers }: HandlerTools,
  config: RunConfig,
  files: readonly PickedFile[] | undefined,
  task: Task,
): Promise<SourceCentres | null> {
  const claim = { use: 'comparison', what: 'a comparison of class centres' } as const;
  return context.lease.hold(claim, async (ended) => {
    const decoder = new DecodePool(config.numWorkers);
    const open = (signal: AbortSignal) =>
      context.openSource(config.shards, files, { signal, onWarning: task.warn });
    try {
      return await controllers.models.compareCentres(config, open, decoder, ended, task);
    } finally {
      decoder.dispose();
    }
  });
}
