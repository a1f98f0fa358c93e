import type { StudioState } from '../studio-store';
import type { PlaceName } from './place-names';

/** Names and values of an address, all as text. */
export type AddressParams = Readonly<Record<string, string | undefined>>;

/** What a place says of itself in the address: never anything of a face of one's own. */
export interface PartDefinition<Value> {
  /** The place whose address carries it. */
  readonly place: PlaceName;
  /** The names that it owns: no other part has them, and no setting of a run. */
  readonly names: readonly string[];
  /**
   * Reads the part. What can't be used is left out and named in a warning; the rest counts.
   * @param params those of its names that the address holds, at least one
   */
  readonly read: (params: AddressParams) => {
    readonly value: Value;
    /** Whole sentences. */
    readonly warnings: readonly string[];
  };
  /** The part for what is on show; names whose value goes without saying are left out. */
  readonly write: (state: StudioState) => AddressParams;
  /** Shows what an address asks for, or notes it for when the place and the worker are there. */
  readonly obey: (value: Value) => void;
}

/** A part of the address, whatever its value is. */
export interface AddressPart extends Omit<PartDefinition<unknown>, 'read' | 'obey'> {
  /** Reads the part; `obey` then shows what it asks for. */
  readonly read: (params: AddressParams) => {
    readonly obey: () => void;
    readonly warnings: readonly string[];
  };
}

/** Makes a part of its definition. It is listed in `address-parts.ts`. */
export const addressPart = <Value>({
  read,
  obey,
  ...rest
}: PartDefinition<Value>): AddressPart => ({
  ...rest,
  read(params) {
    const { value, warnings } = read(params);
    return { obey: () => obey(value), warnings };
  },
});
