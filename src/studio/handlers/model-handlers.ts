import { DecodePool } from '../../faces/decode/decode-pool';
import type { PickedFile } from '../../faces/sources/folder/local-file';
import type { RunConfig } from '../../training/config/run-config';
import type { BackboneChoice } from '../protocol';
import type { ModelCommand } from '../protocol/models';
import { done, type Handlers, type HandlerTools } from './handlers';

/** Carries out requests about backbones, class centres, heads from files and the lesson. */
export function modelHandlers(tools: HandlerTools): Handlers<ModelCommand['type']> {
  const { context, controllers } = tools;
  const { models, lesson } = controllers;
  return {
    'use-backbone': done(({ choice, files }) => changeBackbone(tools, choice, files)),
    'use-centres': done(({ name, files }) =>
      change(tools, 'a reading of class centres', () => models.useCentres(name, files)),
    ),
    'compare-centres': done(({ config, files }) => compareCentres(tools, config, files)),
    'load-head': done(({ file }) =>
      change(tools, 'another head', () => controllers.loadHead(file)),
    ),
    'stop-models': done(() => models.stop()),
    'start-lesson': done(({ config, files }) =>
      context.lease.hold({ use: 'lesson', what: 'a lesson' }, () =>
        controllers.runLesson(config, files),
      ),
    ),
    'stop-lesson': done(() => lesson.stop()),
    'export-lesson': done(async () => {
      const file = await lesson.file();
      context.post({ type: 'file', name: file.name, blob: file });
    }),
    'use-lesson': done(() => useLesson(tools)),
  };
}

/** Changes what the backend holds, once it is free. @throws StudioError `bad-config` if refused */
const change = ({ context }: HandlerTools, what: string, work: () => Promise<void>) =>
  context.lease.hold({ use: 'change', what }, work);

function changeBackbone(
  tools: HandlerTools,
  choice: BackboneChoice,
  files: readonly PickedFile[] | undefined,
): Promise<void> {
  const { controllers } = tools;
  return change(tools, 'another backbone', async () => {
    if (await controllers.models.useBackbone(choice, files)) await controllers.backboneChanged();
  });
}

/**
 * Puts the lesson's small backbone in use.
 * @throws StudioError `bad-checkpoint` if there is none
 */
async function useLesson(tools: HandlerTools): Promise<void> {
  const file = await tools.controllers.lesson.file();
  const choice: BackboneChoice = {
    backbone: `files:${file.name}`,
    inputConvention: 'auto',
    convFeature: 'body',
  };
  return changeBackbone(tools, choice, [{ file, path: file.name }]);
}

async function compareCentres(
  { context, controllers }: HandlerTools,
  config: RunConfig,
  files: readonly PickedFile[] | undefined,
): Promise<void> {
  const claim = { use: 'comparison', what: 'a comparison of class centres' } as const;
  await context.lease.hold(claim, async (ended) => {
    const decoder = new DecodePool(config.numWorkers);
    const open = (signal: AbortSignal) => context.openSource(config.shards, files, { signal });
    try {
      await controllers.models.compareCentres(config, open, decoder, ended);
    } finally {
      decoder.dispose();
    }
  });
}
