import type { RunConfig } from '../../../training/config/run-config';
import { shardsChosen } from '../../data/sources/shards-chosen';
import { isRunActive } from '../../data/sources/use-source';
import type { StudioState } from '../studio-store';
import { hashOf, isSame, readAddress, type Address } from './address';
import type { AddressPart } from './address-part';
import { paramsOf } from './config-url';
import type { PlaceName } from './place-names';

/** Browsers refuse more than about a hundred changes of the address in half a minute. */
export const QUIET_MS = 400;

/** The browser's address and its history, as far as the studio uses them. */
export interface AddressBar {
  readonly href: () => string;
  /** Makes an entry of the history. @param hash from `#` on */
  readonly push: (hash: string) => void;
  /** Changes the entry that is shown. */
  readonly replace: (hash: string) => void;
}

/** The part of the store that the address follows, and that follows the address. */
export interface AddressedStore {
  readonly getState: () => StudioState;
  readonly setState: (part: Partial<StudioState>) => void;
}

/**
 * Keeps the address and the store alike. Another place becomes an entry of the history; other
 * changes replace the entry that is shown, once they have come to rest.
 */
export class AddressKeeper {
  readonly #bar: AddressBar;
  readonly #store: AddressedStore;
  readonly #parts: readonly AddressPart[];
  readonly #tell: (notice: string) => void;
  /** The place of the entry that is shown. */
  #place: PlaceName;
  /** What the entry is to say once changes have come to rest; null if it says so already. */
  #due: string | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isObeying = false;

  /** @param tell shows a person what of an address could not be used */
  constructor(
    bar: AddressBar,
    store: AddressedStore,
    parts: readonly AddressPart[],
    tell: (notice: string) => void,
  ) {
    this.#bar = bar;
    this.#store = store;
    this.#parts = parts;
    this.#tell = tell;
    this.#place = store.getState().place;
  }

  /** Shows what the address asks for: at the start, and after it has changed by itself. */
  obey(): void {
    this.#forgetDue();
    this.#isObeying = true;
    const address = readAddress(this.#bar.href(), this.#parts);
    this.#place = address.place;
    const refused = this.#obeySettings(address);
    if (address.place !== this.#store.getState().place)
      this.#store.setState({ place: address.place, dialog: null });
    for (const { part, params, obey } of address.parts)
      if (!isSame(part.write(this.#store.getState()), params)) obey();
    for (const warning of [...refused, ...address.warnings]) this.#tell(warning);
    this.#isObeying = false;
    this.#bar.replace(this.#hash());
  }

  /** Notes in the address what has changed in the store. */
  noteChange(): void {
    if (this.#isObeying) return;
    const { place } = this.#store.getState();
    const hash = this.#hash();
    if (place !== this.#place) {
      this.flush();
      this.#place = place;
      return this.#bar.push(hash);
    }
    if (this.#due === hash || (this.#due === null && this.#bar.href().endsWith(hash))) return;
    this.#due = hash;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.flush(), QUIET_MS);
  }

  /** Lets the address say at once what is on show. */
  flush(): void {
    const due = this.#due;
    this.#forgetDue();
    if (due !== null) this.#bar.replace(due);
  }

  #hash(): string {
    const state = this.#store.getState();
    return hashOf(state.place, state, this.#parts);
  }

  #forgetDue(): void {
    clearTimeout(this.#timer);
    this.#due = null;
  }

  /** @returns why settings were refused, if they were */
  #obeySettings({ config }: Address): readonly string[] {
    const state = this.#store.getState();
    if (config === null || areEqual(config, state.config)) return [];
    if (isRunActive(state))
      return [
        'The settings in the address were not taken: a run is on, and it keeps its own. ' +
          'Open the address again once the run has ended.',
      ];
    const { shards } = config;
    this.#store.setState(
      shards === state.config.shards ? { config } : shardsChosen({ shards, part: config }, state),
    );
    return [];
  }
}

const areEqual = (one: RunConfig, other: RunConfig): boolean =>
  JSON.stringify(paramsOf(one)) === JSON.stringify(paramsOf(other));
