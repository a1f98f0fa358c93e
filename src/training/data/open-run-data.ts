import { StudioError } from '../../core/studio-error';
import type { SourceInfo } from '../../faces/face-source';
import { labelFactsOf, labelFit } from '../../faces/survey/label-fit';
import type { ClassCentres } from '../../models/centres/class-centres';
import type { RunCursor } from '../checkpoint/checkpoint';
import { runCaches } from '../checkpoint/kept-files';
import { SourceFingerprints } from '../checkpoint/kept-sources';
import { cachedData } from './cached-data';
import { firstPassKey } from './features/feature-file';
import { growingData } from './growing-data';
import { storeOf, type RunData, type RunDataOptions, type SourceContents } from './run-data';
import { streamedData } from './streamed-data';

/**
 * Prepares what a run trains on, in one of three ways. With `features: reuse` all features are
 * kept. A stream makes its class centres in a first pass, now or in an earlier run; if the centres
 * are given, that pass reads held-out identities only and ends when it has enough pictures. With
 * `centres: growing` there is no first pass: centres are gathered while the first epoch trains.
 * @param cursor where the run resumes
 * @throws StudioError from the source or the backbone; `bad-config` if centres are to be given and
 * aren't, or don't fit the backbone; `bad-checkpoint` if they don't belong to the source's labels,
 * or if those that a run gathered up to its checkpoint are lost; `bad-source` if everybody has one
 * picture
 */
export async function openRunData(options: RunDataOptions, cursor: RunCursor): Promise<RunData> {
  const { config, source, backbone, onNotice } = options;
  const given = config.centres === 'file' ? requireCentres(options) : undefined;
  const info = await source.info();
  if (given) requireRows(info, given);
  const { onWarning } = options;
  const files = runCaches({
    read: (name) => storeOf(name, options).read(name),
    write: (name, bytes) => options.write(storeOf(name, options), name, bytes),
    onWarning,
  });
  const sources = await SourceFingerprints.open({ store: files, write: files.write, onNotice });
  // Training from a server starts with the first shard. A fingerprint would first ask for facts
  // about all shards, possibly a hundred on a slow server.
  const isUnasked =
    config.features === 'stream' && config.centres === 'growing' && source.isServed === true;
  const fingerprint = isUnasked
    ? null
    : await sources.fingerprintOf(config.shards, options.fingerprint());
  if (fingerprint !== null) options.requireSame(fingerprint);
  const onReading = async () => {
    if (fingerprint !== null) await sources.reads(config.shards, info, fingerprint);
  };
  const key = firstPassKey(config, backbone.hash, fingerprint ?? `unasked ${config.shards}`, given);
  const contents: SourceContents = { info, fingerprint, key, files, onReading };
  if (config.features === 'reuse' && fingerprint !== null)
    return cachedData(options, { ...contents, fingerprint }, given);
  return config.centres === 'growing'
    ? growingData(options, contents, cursor)
    : streamedData(options, contents, given);
}

function requireCentres({ config, centres, backbone }: RunDataOptions): ClassCentres {
  if (!centres)
    throw new StudioError(
      'bad-config',
      `The run takes its class centres from ${config.centreFiles}, which have not been read.`,
      'Choose that file again, or set "centres" to "first-pass".',
    );
  if (centres.dimension === backbone.embeddingDim) return centres;
  throw new StudioError(
    'bad-config',
    `The class centres have dimension ${centres.dimension}; the backbone ` +
      `"${backbone.name}" gives ${backbone.embeddingDim}.`,
    'Choose the class centres that were trained with this backbone.',
  );
}

/**
 * Refuses centres that can't be those of the source's labels, before a picture is read. Does
 * nothing if the source doesn't say which labels it has.
 */
function requireRows(info: SourceInfo, centres: ClassCentres): void {
  const labels = labelFactsOf(info);
  if (!labels || centres.row(labels.max)) return;
  const { sentence } = labelFit(labels, centres.labels.at(-1)! + 1);
  throw new StudioError(
    'bad-checkpoint',
    sentence,
    'Choose the class centres of this very set, or set "centres" to "first-pass".',
  );
}
