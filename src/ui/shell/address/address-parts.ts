import { compareAddress } from '../../compare/compare-address';
import type { AddressPart } from './address-part';

/**
 * What places add to the address. A part is read before its place has loaded, so it is kept in a
 * small file of its own that imports no view.
 */
export const addressParts: readonly AddressPart[] = [compareAddress];
