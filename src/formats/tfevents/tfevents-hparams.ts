import { PbfWriter } from 'pbf';
import type { SummaryValue } from './tfevents';

/** A setting's value, as TensorBoard's HPARAMS tab shows it. */
export type HyperParameter = string | number | boolean;

/** api.proto's DataType. */
const dataTypes = { string: 1, boolean: 2, number: 3 } as const;
/** api.proto's STATUS_SUCCESS */
const SUCCESS = 1;

/**
 * Describes an experiment for TensorBoard: its settings with their types, and the tags of the
 * scalars that measure it.
 * @param createdAt seconds since 1970
 */
export function experimentSummary(
  settings: Readonly<Record<string, HyperParameter>>,
  metrics: readonly string[],
  createdAt: number,
): SummaryValue {
  return summary('_hparams_/experiment', 2, (pbf) => {
    pbf.writeDoubleField(3, createdAt);
    for (const [name, value] of Object.entries(settings)) {
      pbf.writeMessage(
        4,
        (kind: keyof typeof dataTypes, info) => {
          info.writeStringField(1, name);
          info.writeVarintField(4, dataTypes[kind]);
        },
        typeof value as keyof typeof dataTypes,
      );
    }
    for (const tag of metrics) {
      pbf.writeMessage(
        5,
        (name: string, info) =>
          info.writeMessage(1, (text: string, metric) => metric.writeStringField(2, text), name),
        tag,
      );
    }
  });
}

/**
 * The values of a run's settings.
 * @param startedAt seconds since 1970
 */
export function sessionStartSummary(
  settings: Readonly<Record<string, HyperParameter>>,
  startedAt: number,
): SummaryValue {
  return summary('_hparams_/session_start_info', 3, (pbf) => {
    for (const entry of Object.entries(settings)) {
      pbf.writeMessage(
        1,
        ([name, value]: readonly [string, HyperParameter], map) => {
          map.writeStringField(1, name);
          map.writeMessage(2, writeValue, value);
        },
        entry,
      );
    }
    pbf.writeDoubleField(5, startedAt);
  });
}

/**
 * Marks a run as finished.
 * @param endedAt seconds since 1970
 */
export function sessionEndSummary(endedAt: number): SummaryValue {
  return summary('_hparams_/session_end_info', 4, (pbf) => {
    pbf.writeVarintField(1, SUCCESS);
    pbf.writeDoubleField(2, endedAt);
  });
}

/** google.protobuf.Value */
function writeValue(value: HyperParameter, pbf: PbfWriter): void {
  if (typeof value === 'number') pbf.writeDoubleField(2, value);
  else if (typeof value === 'string') pbf.writeStringField(3, value);
  else pbf.writeBooleanField(4, value);
}

/** An HParamsPluginData message. Its version is 0, which proto3 doesn't write. */
function summary(tag: string, field: number, write: (pbf: PbfWriter) => void): SummaryValue {
  const data = new PbfWriter();
  data.writeMessage(field, (writeContent: typeof write, pbf) => writeContent(pbf), write);
  return { tag, plugin: 'hparams', content: data.finish() };
}
