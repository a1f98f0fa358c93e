import { foreignOriginsOf } from '../data/sources/origins';

/**
 * Which machines this page may reach, by the content security policy that is set before the worker
 * starts: only its own, also those of the shards in its address, or any.
 */
export type NetworkPolicy =
  | { readonly kind: 'own' }
  | { readonly kind: 'named'; readonly origins: readonly string[] }
  | { readonly kind: 'any' };

/** The parameter of the address that opens the page to every machine. */
const OPEN = ['network', 'on'] as const;

/** The policy for an address. @param shards the shards that it names */
export function policyFor(address: string, shards: string): NetworkPolicy {
  if (new URL(address).searchParams.get(OPEN[0]) === OPEN[1]) return { kind: 'any' };
  const origins = foreignOriginsOf(shards, address);
  return origins.length > 0 ? { kind: 'named', origins } : { kind: 'own' };
}

/** The same address, open to every machine, or sealed again if `open` is false. */
export function addressWith(open: boolean, address: string): string {
  const url = new URL(address);
  if (open) url.searchParams.set(...OPEN);
  else url.searchParams.delete(OPEN[0]);
  return url.href;
}

/** The policy as a Content-Security-Policy directive; null if every machine may be reached. */
export function connectDirective(policy: NetworkPolicy): string | null {
  switch (policy.kind) {
    case 'own':
      return "connect-src 'self' blob: data:";
    case 'named':
      return `connect-src 'self' blob: data: ${policy.origins.join(' ')}`;
    case 'any':
      return null;
    default:
      return policy satisfies never;
  }
}

let applied: NetworkPolicy = { kind: 'any' };

/** The policy that applies to the page. */
export const pagePolicy = (): NetworkPolicy => applied;

/**
 * Lets the browser enforce a policy for as long as the page is open: a policy added to a page can
 * only restrict it further. The worker that owns tensors is started by the page and inherits it.
 * The development server is exempt, because it talks to its page.
 */
export function applyPolicy(policy: NetworkPolicy): void {
  const directive = connectDirective(policy);
  if (!import.meta.env.PROD || directive === null) return;
  const meta = document.createElement('meta');
  meta.httpEquiv = 'Content-Security-Policy';
  meta.content = directive;
  document.head.append(meta);
  applied = policy;
}

/** Whether the policy lets the page reach all of these origins. */
export function mayReach(origins: readonly string[]): boolean {
  const policy = applied;
  if (policy.kind === 'any') return true;
  return policy.kind === 'named' && origins.every((origin) => policy.origins.includes(origin));
}
