import { DecodePool } from '../../faces/decode/decode-pool';
import type { PickedFile } from '../../faces/sources/folder/local-file';
import type { RunConfig } from '../../training/config/run-config';
import type { BackboneChoice } from '../protocol';
import type { ModelCommand } from '../protocol/models';
import { done, type Handlers, type HandlerTools } from './handlers';

/** Carries out requests about backbones, class centres, heads from files and the lesson. */
export function modelHandlers(tools: HandlerTools): Handlers<ModelCommand['type']> {
  const { context, controllers, access } = tools;
  const { models, lesson } = controllers;
  return {
    'use-backbone': done(({ choice, files }) => useBackbone(tools, choice, files)),
    'use-centres': done(({ name, files }) =>
      access.exclusively('A reading of class centres', () => models.useCentres(name, files)),
    ),
    'compare-centres': done(({ config, files }) =>
      access.exclusively('A comparison of class centres', () =>
        compareCentres(tools, config, files),
      ),
    ),
    'load-head': done(({ file }) =>
      access.exclusively('Another head', () => controllers.loadHead(file)),
    ),
    'stop-models': done(() => models.stop()),
    'start-lesson': done(({ config, files }) =>
      access.exclusively('A lesson', () =>
        access.withTabLock(() => controllers.runLesson(config, files)),
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

function useBackbone(
  { access, controllers }: HandlerTools,
  choice: BackboneChoice,
  files: readonly PickedFile[] | undefined,
): Promise<void> {
  return access.exclusively('Another backbone', async () => {
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
  return useBackbone(tools, choice, [{ file, path: file.name }]);
}

async function compareCentres(
  { context, controllers }: HandlerTools,
  config: RunConfig,
  files: readonly PickedFile[] | undefined,
): Promise<void> {
  const decoder = new DecodePool(config.numWorkers);
  try {
    await controllers.models.compareCentres(
      config,
      (signal) => context.openSource(config.shards, files, { signal }),
      decoder,
    );
  } finally {
    decoder.dispose();
  }
}
