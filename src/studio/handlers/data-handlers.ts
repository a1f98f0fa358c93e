import { planRun } from '../plan-run';
import type { DataCommand } from '../protocol/data';
import { done, type Handlers, type HandlerTools } from './handlers';

/** Carries out requests about a source of pictures and about the cache of shards. */
export function dataHandlers({
  context,
  controllers,
  access,
}: HandlerTools): Handlers<DataCommand['type']> {
  const { data } = controllers;
  return {
    'look-at-source': done(({ shards, files, count }) => data.look(shards, files, count)),
    'survey-source': done(({ shards, files }) => data.survey(shards, files)),
    'align-source': done(({ shards, files, mode }) =>
      access.exclusively('Aligning pictures', () => data.align(shards, files, mode)),
    ),
    'plan-run': done(({ config, files }) => planRun(config, files, context.runtime, controllers)),
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
