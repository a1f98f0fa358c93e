import * as v from 'valibot';

const requestId = v.pipe(v.number(), v.safeInteger(), v.minValue(1));
const named = v.looseObject({ type: v.string() });
const progress = v.looseObject({ label: v.string(), done: v.number() });
const error = v.strictObject({ code: v.string(), message: v.string(), nextStep: v.string() });

const requestMessage = v.strictObject({ kind: v.literal('request'), requestId, command: named });

const workerMessage = v.variant('kind', [
  v.strictObject({ kind: v.literal('reply'), requestId, type: v.string(), result: v.unknown() }),
  v.strictObject({ kind: v.literal('failure'), requestId, type: v.string(), error }),
  v.strictObject({ kind: v.literal('warning'), requestId, type: v.string(), error }),
  v.strictObject({
    kind: v.literal('task-progress'),
    requestId,
    task: v.string(),
    progress: v.nullable(progress),
  }),
  v.strictObject({
    kind: v.literal('event'),
    requestId: v.nullable(requestId),
    runId: v.nullable(v.string()),
    event: named,
  }),
]);

/**
 * Checks the envelope of a message to the worker. Both checks are for development builds: they
 * don't walk through what a message carries.
 * @throws Error if it is none
 */
export const checkRequestMessage = (message: unknown): void => check(requestMessage, message);

/** Checks the envelope of a message from the worker. @throws Error if it is none */
export const checkWorkerMessage = (message: unknown): void => check(workerMessage, message);

function check(schema: v.GenericSchema, message: unknown): void {
  const { issues } = v.safeParse(schema, message);
  if (!issues) return;
  const [{ message: found }] = issues;
  const at = v.getDotPath(issues[0]);
  throw new Error(`A malformed message${at ? `, at ${at}` : ''}: ${found}`);
}
