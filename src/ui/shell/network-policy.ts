import { foreignOriginsOf } from '../data/sources/origins';

/**
 * Which machines this page may reach, as its content security policy has it from before the worker
 * starts: only its own, those that the shards in its address lie on, or any.
 */
export type NetworkPolicy =
  | { readonly kind: 'own' }
  | { readonly kind: 'named'; readonly origins: readonly string[] }
  | { readonly kind: 'any' };

/** In the address, opens the page to every machine. */
const OPEN = ['network', 'on'] as const;

/** What an address asks for. @param shards those that it names */
export function reachOf(address: string, shards: string): NetworkPolicy {
  if (new URL(address).searchParams.get(OPEN[0]) === OPEN[1]) return { kind: 'any' };
  const origins = foreignOriginsOf(shards, address);
  return origins.length > 0 ? { kind: 'named', origins } : { kind: 'own' };
}

/** The same address, open to every machine or, without `open`, sealed again. */
export function addressWith(open: boolean, address: string): string {
  const url = new URL(address);
  if (open) url.searchParams.set(...OPEN);
  else url.searchParams.delete(OPEN[0]);
  return url.href;
}

/** The policy's words; null where every machine may be reached. */
export function connectPolicy(reach: NetworkPolicy): string | null {
  switch (reach.kind) {
    case 'own':
      return "connect-src 'self' blob: data:";
    case 'named':
      return `connect-src 'self' blob: data: ${reach.origins.join(' ')}`;
    case 'any':
      return null;
    default:
      return reach satisfies never;
  }
}

let held: NetworkPolicy = { kind: 'any' };

/** What the page is held to. */
export const pageReach = (): NetworkPolicy => held;

/**
 * Has the browser hold the page to its reach, for as long as it is open: a policy that is added to
 * a page only ever takes away. The worker that owns tensors starts from within the page and
 * inherits it. A server for development is left out, since it talks to its page.
 */
export function sealPage(reach: NetworkPolicy): void {
  const policy = connectPolicy(reach);
  if (!import.meta.env.PROD || policy === null) return;
  const meta = document.createElement('meta');
  meta.httpEquiv = 'Content-Security-Policy';
  meta.content = policy;
  document.head.append(meta);
  held = reach;
}

/** Whether the policy lets the page reach all of these. */
export const mayReach = (origins: readonly string[]): boolean =>
  held.kind === 'any' ||
  (held.kind === 'named' &&
    origins.every((origin) => held.kind === 'named' && held.origins.includes(origin)));
