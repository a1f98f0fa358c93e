import { expect, it } from 'vitest';
import { requireTfjsVersion } from './tfjs-version';

it('takes the installed tfjs and refuses another', () => {
  expect(() => requireTfjsVersion('fixed-order-matmul')).not.toThrow();
  expect(() => requireTfjsVersion('fixed-order-matmul', '4.23.0')).toThrow(
    'fixed-order-matmul relies on the source of tfjs 4.22.0; this is tfjs 4.23.0.',
  );
});
