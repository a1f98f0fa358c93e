import { methodNames, type MethodName } from '../../confidence/confidence-method';
import { pristine, type DegradationLevels } from '../../faces/face-record';
import type { FaceSlot } from '../../studio/protocol';
import { addressPart, type AddressParams } from '../shell/address/address-part';
import { studioStore, type StudioState } from '../shell/studio-store';
import { plannedSide } from './faces-slice';
import type { PairPlan, PlannedPicture } from './sides/pair-plan';
import { FALSE_ACCEPT_RATES } from './verdict/far-choices';

/** What an address says of a comparison. What is null goes without saying. */
export interface AddressedComparison {
  readonly pair: PairPlan | null;
  readonly method: MethodName | null;
  readonly far: number | null;
}

/**
 * The comparison in the address: keys of samples with what spoils them, the method and the false
 * accept rate of the verdict. Where a picture of one's own is on a side, nothing is said of the two
 * sides. `a=00132-010*blur*0.6**00132-005` are two pictures on side A, the first of them blurred;
 * these characters stay as they are in an address.
 */
export const compareAddress = addressPart<AddressedComparison>({
  place: 'compare',
  names: ['a', 'b', 'verdict', 'far'],
  read: readComparison,
  write: writtenComparison,
  obey({ pair, method, far }) {
    studioStore.setState({
      ...(pair && { wantedPair: pair }),
      verdictMethod: method,
      verdictFar: far ?? DEFAULT_FAR,
      compareMode: 'photos',
    });
  },
});

const DEFAULT_FAR = 0.01;
const [BETWEEN_PICTURES, BETWEEN_PARTS] = ['**', '*'];
const kinds = Object.keys(pristine) as (keyof DegradationLevels)[];

/** Reads the names that an address has of a comparison. What can't be used is named. */
export function readComparison(params: AddressParams): {
  value: AddressedComparison;
  warnings: string[];
} {
  const warnings: string[] = [];
  const sides = (['a', 'b'] as const).map((slot) => {
    const text = params[slot];
    const pictures = text === undefined ? null : picturesIn(text);
    if (text !== undefined && !pictures) warnings.push(unreadable(slot, text));
    return pictures;
  });
  const [a, b] = sides;
  const method = methodNames.find((name) => name === params.verdict) ?? null;
  if (params.verdict !== undefined && !method) warnings.push(unreadable('verdict', params.verdict));
  const far = FALSE_ACCEPT_RATES.find((rate) => String(rate) === params.far) ?? null;
  if (params.far !== undefined && far === null) warnings.push(unreadable('far', params.far));
  return { value: { pair: a && b ? { a, b } : null, method, far }, warnings };
}

/** The names for what is on show. */
export function writtenComparison(state: StudioState): AddressParams {
  const { verdictMethod, verdictFar } = state;
  const [a, b] = [writtenSide(state, 'a'), writtenSide(state, 'b')];
  return {
    ...(a !== null && b !== null && { a, b }),
    ...(verdictMethod && { verdict: verdictMethod }),
    ...(verdictFar !== DEFAULT_FAR && { far: String(verdictFar) }),
  };
}

/** A side in the address; null if it can't be said. */
function writtenSide(state: StudioState, slot: FaceSlot): string | null {
  const pictures = plannedSide(state, slot);
  if (!pictures || pictures.some(({ key }) => key.includes(BETWEEN_PARTS))) return null;
  return pictures.map(writtenPicture).join(BETWEEN_PICTURES);
}

function writtenPicture({ key, levels }: PlannedPicture): string {
  const spoiled = kinds.filter((kind) => levels[kind] > 0);
  return [key, ...spoiled.flatMap((kind) => [kind, String(+levels[kind].toFixed(4))])].join(
    BETWEEN_PARTS,
  );
}

function picturesIn(text: string): PlannedPicture[] | null {
  const pictures = text.split(BETWEEN_PICTURES).map((picture): PlannedPicture | null => {
    const [key, ...parts] = picture.split(BETWEEN_PARTS);
    if (!key || parts.length % 2 === 1) return null;
    const levels = { ...pristine };
    for (let i = 0; i < parts.length; i += 2) {
      const kind = kinds.find((each) => each === parts[i]);
      const level = Number(parts[i + 1]);
      if (!kind || parts[i + 1] === '' || !(level >= 0 && level <= 1)) return null;
      levels[kind] = level;
    }
    return { key, levels };
  });
  return pictures.includes(null) ? null : (pictures as PlannedPicture[]);
}

const unreadable = (name: string, text: string): string =>
  `"${name}" in the address is "${text}", which can't be used; it was left out.`;
