import {
  advance,
  f32,
  f32x4,
  FunctionBuilder,
  repeatWhileLess,
  set,
  type WasmFunction,
} from './wasm-assembler';

const SETTINGS = ['clip', 'gain', 'decay', 'beta1', 'beta2', 'scale', 'epsilon'] as const;

/** Adam over four floats at a time: see `DenseKernels.adam` for its parameters. */
export function adamFunction(): WasmFunction {
  const { add, sub, mul, div, min, max, load, splat, sqrt, store } = f32x4;
  const builder = new FunctionBuilder('adam');
  const parameterAt = builder.parameter('i32', 'parameterAt');
  const mAt = builder.parameter('i32', 'mAt');
  const vAt = builder.parameter('i32', 'vAt');
  const gradientAt = builder.parameter('i32', 'gradientAt');
  const parameterEnd = builder.parameter('i32', 'parameterEnd');
  const scalars = forEachSetting((name) => builder.parameter('f32', name));
  /** The settings, each four times over in a register. */
  const wide = forEachSetting((name) => builder.local('v128', `${name}4`));
  const negativeClip = builder.local('v128', 'negativeClip');
  const oneLessBeta1 = builder.local('v128', 'oneLessBeta1');
  const oneLessBeta2 = builder.local('v128', 'oneLessBeta2');
  const gradient = builder.local('v128', 'gradient');
  const m = builder.local('v128', 'm');
  const v = gradient;

  const clipped = max(min(load(gradientAt), wide.clip), negativeClip);
  return builder.build([
    ...SETTINGS.map((name) => set(wide[name], splat(scalars[name]))),
    set(negativeClip, sub(f32x4.zero, wide.clip)),
    set(oneLessBeta1, sub(splat(f32.const(1)), wide.beta1)),
    set(oneLessBeta2, sub(splat(f32.const(1)), wide.beta2)),
    repeatWhileLess(parameterAt, parameterEnd, [
      set(gradient, add(mul(clipped, wide.gain), mul(load(parameterAt), wide.decay))),
      set(m, add(mul(load(mAt), wide.beta1), mul(gradient, oneLessBeta1))),
      store(mAt, m),
      set(v, add(mul(mul(gradient, gradient), oneLessBeta2), mul(load(vAt), wide.beta2))),
      store(vAt, v),
      store(
        parameterAt,
        sub(load(parameterAt), div(mul(m, wide.scale), add(sqrt(v), wide.epsilon))),
      ),
      ...[parameterAt, mAt, vAt, gradientAt].map((address) => advance(address, 16)),
    ]),
  ]);
}

function forEachSetting<T>(
  declare: (name: (typeof SETTINGS)[number]) => T,
): Record<(typeof SETTINGS)[number], T> {
  return Object.fromEntries(SETTINGS.map((name) => [name, declare(name)])) as Record<
    (typeof SETTINGS)[number],
    T
  >;
}
