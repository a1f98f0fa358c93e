import { planRun } from '../plan-run';
import type { DataCommand } from '../protocol/data';
import { done, type Handlers, type HandlerTools } from './handlers';

/** Carries out requests about a source of pictures and about the cache of shards. */
export function dataHandlers({
  context,
  controllers,
}: HandlerTools): Handlers<DataCommand['type']> {
  const { data } = controllers;
  return {
    'look-at-source': ({ shards, files, count }, task) => data.look(shards, files, count, task),
    'survey-source': ({ shards, files }, task) => data.survey(shards, files, task),
    'align-source': ({ shards, files, mode }, task) => data.align(shards, files, mode, task),
    'plan-run': ({ config, files }, task) => planRun(config, files, context.runtime, data, task),
    'stop-data': done(() => data.stop()),
    'set-cache-quota': done(async ({ bytes }) => {
      await (await context.stores.shards).setQuota(bytes);
      await context.postCache();
    }),
    'clear-cache': done(async () => {
      await (await context.stores.shards).clear();
      await context.postCache();
    }),
  };
}
