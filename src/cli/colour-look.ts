import {
  compareColourOrders,
  exchangedSentence,
  MIN_PEOPLE,
  type ColourOrders,
} from '../inference/colour-order/colour-order';
import { facesOfSet } from '../inference/colour-order/known-faces';
import type { EvaluationSet } from '../inference/evaluation/evaluation-set';
import { StudioError } from '../core/studio-error';
import { startNodeWasm } from './node/node-backend';
import { DEFAULT_BACKBONE, openNodeBackbone } from './node/node-models';

/** What both orders of colours showed of a set, in a sentence; `orders` is null if nothing did. */
export interface ColourLook {
  readonly orders: ColourOrders | null;
  readonly sentence: string;
}

/** Decides which pictures are read. */
const SEED = 777;

/**
 * Looks whether red and blue are exchanged in a set, by the studio's backbone of known order.
 * Without the backbone, or with too few people, the sentence says that it can't be told.
 */
export async function lookAtColours(set: EvaluationSet): Promise<ColourLook> {
  const untold = (why: string): ColourLook => ({
    orders: null,
    sentence: `Whether red and blue are exchanged can't be told: ${why}`,
  });
  const faces = await facesOfSet({ set, networks: null, seed: SEED });
  const people = new Set(faces.map(({ person }) => person)).size;
  const tooFew = `that takes two pictures each of ${MIN_PEOPLE} people.`;
  if (people < MIN_PEOPLE) return untold(tooFew);
  await startNodeWasm();
  const backbone = await openNodeBackbone(DEFAULT_BACKBONE).catch((thrown: unknown) => {
    if (thrown instanceof StudioError && thrown.code === 'bad-model') return thrown;
    throw thrown;
  });
  if (backbone instanceof StudioError) return untold(`${backbone.message} ${backbone.nextStep}`);
  const orders = await compareColourOrders(faces, backbone, SEED);
  backbone.dispose();
  if (!orders) return untold(tooFew);
  return { orders, sentence: exchangedSentence(set.name, orders, backbone.input) };
}
