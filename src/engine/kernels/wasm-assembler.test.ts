import { describe, expect, it } from 'vitest';
import {
  advance,
  assembleModule,
  f32x4,
  FunctionBuilder,
  i32,
  repeatWhileLess,
  set,
  type Statement,
  type Value,
} from './wasm-assembler';

/** A builder with one i32 parameter and one v128 local. */
function builderOf() {
  const builder = new FunctionBuilder('probe');
  const address = builder.parameter('i32', 'address');
  const four = builder.local('v128', 'four');
  return { builder, address, four };
}

const assemble = (builder: FunctionBuilder, body: readonly Statement[]) =>
  assembleModule([builder.build(body)]);

describe('the WebAssembly assembler', () => {
  it('makes a module that runs', () => {
    const builder = new FunctionBuilder('double');
    const at = builder.parameter('i32', 'at');
    const end = builder.parameter('i32', 'end');
    const four = builder.local('v128', 'four');
    const bytes = assemble(builder, [
      repeatWhileLess(at, end, [
        set(four, f32x4.load(at)),
        f32x4.store(at, f32x4.add(four, four)),
        advance(at, 16),
      ]),
    ]);
    const memory = new WebAssembly.Memory({ initial: 1 });
    const floats = new Float32Array(memory.buffer, 128, 8).map((_, i) => i + 1);
    new Float32Array(memory.buffer, 128, 8).set(floats);
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), {
      env: { memory },
    });
    (exports as { double(at: number, end: number): void }).double(128, 160);
    expect([...new Float32Array(memory.buffer, 128, 9)]).toEqual([2, 4, 6, 8, 10, 12, 14, 16, 0]);
  });

  it('refuses an operand of another type', () => {
    const { builder, address, four } = builderOf();
    const wrong = address as unknown as Value<'v128'>;
    expect(() => assemble(builder, [set(four, f32x4.add(four, wrong))])).toThrow(
      'WebAssembly function probe: "f32x4.add" takes v128; it found i32 on the stack.',
    );
  });

  it('refuses to set a local to a value of another type', () => {
    const { builder, address, four } = builderOf();
    const wrong = address as unknown as Value<'v128'>;
    expect(() => assemble(builder, [set(four, wrong)])).toThrow(
      '"local.set four" takes v128; it found i32 on the stack.',
    );
  });

  it('refuses a value that is left on the stack', () => {
    const { builder, address } = builderOf();
    const left = i32.add(address, 1) as unknown as Statement;
    expect(() => assemble(builder, [left])).toThrow('its body leaves i32 on the stack.');
  });

  it('refuses a loop whose body leaves a value', () => {
    const { builder, address } = builderOf();
    const left = i32.add(address, 1) as unknown as Statement;
    expect(() => assemble(builder, [repeatWhileLess(address, address, [left])])).toThrow(
      'the body of a loop leaves a value on the stack.',
    );
  });

  it('refuses a local of another function', () => {
    const { builder } = builderOf();
    const { address: other } = builderOf();
    expect(() => assemble(builder, [advance(other, 4)])).toThrow(
      '"local.get address" uses a local of another function.',
    );
  });

  it('refuses a name that is declared twice, and a parameter after a local', () => {
    const { builder } = builderOf();
    expect(() => builder.local('i32', 'four')).toThrow('the name "four" is declared twice.');
    expect(() => builder.parameter('i32', 'late')).toThrow('is declared after a local.');
  });
});
