import { mutualLikelihood } from '../confidence/scf';
import type { CropDecoder } from '../faces/crop-decoder';
import type { FacePair, PairSource } from '../faces/pair-source';
import { readAhead } from '../faces/read-ahead';
import { StudioError } from '../formats/studio-error';
import { dot } from '../models/class-centres';
import type { FaceReadout } from './read-face';

/** Scores of one method, in the order of the pairs. */
export interface ScoresByKind {
  readonly genuine: readonly number[];
  readonly impostor: readonly number[];
}

/** A pair that has no score, and why. */
export interface SkippedPair {
  readonly index: number;
  readonly reason: string;
}

/** What a set of pairs was scored as. */
export interface PairScores {
  readonly cosine: ScoresByKind;
  /** Eqn (13); absent where faces have no κ. */
  readonly scf?: ScoresByKind;
  readonly skipped: readonly SkippedPair[];
}

/** How pairs are scored. */
export interface ScorePairsOptions {
  readonly decoder: CropDecoder;
  /** Direction and κ of a 112 × 112 × 3 RGB crop; κ for all faces or for none. */
  readonly read: (crop: Uint8Array) => Promise<FaceReadout>;
  /** r of the sphere that the head was trained on. */
  readonly radius: number;
  readonly signal?: AbortSignal;
  /** Told of the pairs done, skipped ones included. */
  readonly onProgress?: (done: number) => void;
}

/** Pairs decoded while another is embedded. */
const DECODED_AHEAD = 4;

/**
 * Scores every pair by cosine and, with a head, by Eqn (13). A pair with a picture that can't be decoded is skipped and told.
 * @throws StudioError `bad-source` where no pair at all could be scored; whatever source and backbone throw
 */
export async function scorePairs(source: PairSource, { decoder, read, radius, signal, onProgress }: ScorePairsOptions): Promise<PairScores> {
  const cosine: Record<keyof ScoresByKind, number[]> = { genuine: [], impostor: [] };
  const scf: Record<keyof ScoresByKind, number[]> = { genuine: [], impostor: [] };
  const skipped: SkippedPair[] = [];
  let done = 0;
  for await (const { index, same, crops, reason } of readAhead(decodedPairs(source, decoder, signal), DECODED_AHEAD)) {
    signal?.throwIfAborted();
    if (crops) {
      const [a, b] = [await read(crops[0]), await read(crops[1])];
      const kind = same ? 'genuine' : 'impostor';
      const cosTheta = dot(a.mu, b.mu);
      cosine[kind].push(cosTheta);
      if (a.kappa !== null && b.kappa !== null) scf[kind].push(mutualLikelihood(a.mu.length, radius, a.kappa, b.kappa, cosTheta));
    } else skipped.push({ index, reason });
    done++;
    onProgress?.(done);
  }
  const scored = cosine.genuine.length + cosine.impostor.length;
  if (scored === 0) {
    throw new StudioError('bad-source', `None of the ${done} pairs of ${source.info().name} could be scored${skipped[0] ? ` (pair ${skipped[0].index}: ${skipped[0].reason})` : ''}.`, 'Choose another verification set.');
  }
  return { cosine, scf: scf.genuine.length + scf.impostor.length === scored ? scf : undefined, skipped };
}

/** A pair's crops, or why it has none. */
type DecodedPair = Pick<FacePair, 'index' | 'same'> &
  ({ readonly crops: readonly [Uint8Array, Uint8Array]; readonly reason?: undefined } | { readonly crops?: undefined; readonly reason: string });

async function* decodedPairs(source: PairSource, decoder: CropDecoder, signal: AbortSignal | undefined): AsyncGenerator<DecodedPair> {
  for await (const { index, same, a, b } of source.pairs(signal)) {
    try {
      const crops = await Promise.all([decoder.decodeCrop(a, null), decoder.decodeCrop(b, null)]);
      yield { index, same, crops };
    } catch (thrown) {
      if (!(thrown instanceof StudioError) || thrown.code !== 'bad-image') throw thrown;
      yield { index, same, reason: thrown.message };
    }
  }
}
