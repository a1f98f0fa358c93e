import type { RunConfig } from '../../../training/config/run-config';
import type { StudioState } from '../studio-store';
import type { AddressParams, AddressPart } from './address-part';
import { configFromParams, paramsOf } from './config-url';
import { placeNamed, type PlaceName } from './place-names';

/** What an address asks for. */
export interface Address {
  readonly place: PlaceName;
  /** The settings of the next run; null if it names none: those in the form stay. */
  readonly config: RunConfig | null;
  /** What places add, with the names that the address holds of it. */
  readonly parts: readonly ReadPart[];
  /** What could not be used, in whole sentences. */
  readonly warnings: readonly string[];
}

/** A part that an address names. */
export interface ReadPart {
  readonly part: AddressPart;
  readonly params: AddressParams;
  readonly obey: () => void;
}

/**
 * Reads an address: `#/place?preset=…&epochs=…`, then what the place adds. What can't be used is
 * left out and named; the rest counts. Addresses of earlier versions, `?view=place#preset=…`, are
 * understood too; of those, one with settings and no place is Train's.
 * @param address a whole URL
 */
export function readAddress(address: string, parts: readonly AddressPart[]): Address {
  const url = new URL(address);
  const { named, params } = splitHash(url);
  const place = named === null ? null : placeNamed(named);
  const known = parts.map((part) => ({ part, params: ownParams(part, params) }));
  const read = known
    .filter((each) => Object.keys(each.params).length > 0)
    .map((each) => ({ ...each, reading: each.part.read(each.params) }));
  const owned = new Set(known.flatMap(({ part }) => part.names));
  const settings = new URLSearchParams([...params].filter(([name]) => !owned.has(name)));
  const { config, warning } = configFromParams(settings);
  return {
    place: place ?? (named === null && settings.size > 0 ? 'train' : 'compare'),
    config: settings.size > 0 ? config : null,
    parts: read.map(({ part, params: own, reading }) => ({
      part,
      params: own,
      obey: reading.obey,
    })),
    warnings: [
      ...(named !== null && place === null ? [`The address names no place: "${named}".`] : []),
      ...(warning === null ? [] : [warning]),
      ...read.flatMap(({ reading }) => reading.warnings),
    ],
  };
}

/** The address of a place, from `#` on, for what is on show. */
export function hashOf(
  place: PlaceName,
  state: StudioState,
  parts: readonly AddressPart[],
): string {
  const params = new URLSearchParams(paramsOf(state.config));
  for (const part of parts) {
    if (part.place !== place) continue;
    for (const [name, value] of Object.entries(part.write(state)))
      if (value !== undefined) params.set(name, value);
  }
  return `#/${place}?${params.toString()}`;
}

/** Whether two readings of a part say the same. */
export function isSame(one: AddressParams, other: AddressParams): boolean {
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...names].every((name) => one[name] === other[name]);
}

/** The name of a place, null if there is none, and the names and values that follow it. */
function splitHash(url: URL): { named: string | null; params: URLSearchParams } {
  const hash = url.hash.replace(/^#/, '');
  if (!hash.startsWith('/')) {
    return { named: url.searchParams.get('view'), params: new URLSearchParams(hash) };
  }
  const [path, ...rest] = hash.slice(1).split('?');
  return { named: path === '' ? null : path!, params: new URLSearchParams(rest.join('?')) };
}

const ownParams = (part: AddressPart, params: URLSearchParams): AddressParams =>
  Object.fromEntries(
    part.names.flatMap((name) => (params.has(name) ? [[name, params.get(name)!]] : [])),
  );
