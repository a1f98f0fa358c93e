import type { BackboneInUse } from '../../studio/protocol';

/** An input convention as `RunConfig.inputConvention` takes it: order, mean and divisor. */
export function conventionText({ order, mean, scale }: BackboneInUse['input']): string {
  return `${order} ${mean} ${Number((1 / scale).toPrecision(7))}`;
}
