import { closeSync, openSync, writeSync } from 'node:fs';
import { seededRandom, type SeededRandom } from '../src/core/seeded-random';

interface RandomArray {
  readonly name: string;
  readonly shape: readonly number[];
  readonly draw: (random: SeededRandom) => number;
}

/** Floats that are drawn and written at once. */
const CHUNK = 2 ** 18;

/**
 * Writes an IR network of random weights in the layout of the published code as a safetensors file,
 * never more than a megabyte of it in memory.
 */
export function writeRandomIr(path: string, unitsPerStage: readonly number[]): void {
  const arrays = [...arraysOf(unitsPerStage)];
  const sizeOf = ({ shape }: RandomArray) => shape.reduce((product, side) => product * side, 1);
  let offset = 0;
  const header = Object.fromEntries(
    arrays.map((array) => [
      array.name,
      { dtype: 'F32', shape: array.shape, data_offsets: [offset, (offset += 4 * sizeOf(array))] },
    ]),
  );
  const json = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(8 * Math.ceil(json.length / 8)));
  const file = openSync(path, 'w');
  try {
    writeSync(file, length);
    writeSync(file, json);
    writeSync(file, ' '.repeat(-json.length & 7));
    const random = seededRandom(1);
    for (const array of arrays) {
      for (let left = sizeOf(array); left > 0; left -= CHUNK)
        writeSync(
          file,
          Float32Array.from({ length: Math.min(CHUNK, left) }, () => array.draw(random)),
        );
    }
  } finally {
    closeSync(file);
  }
}

function* arraysOf(unitsPerStage: readonly number[]): Generator<RandomArray> {
  const around = (middle: number, spread: number) => (random: SeededRandom) =>
    middle + spread * (2 * random.next() - 1);
  const conv = (name: string, outs: number, ins: number, side: number): RandomArray => ({
    name: `${name}.weight`,
    shape: [outs, ins, side, side],
    draw: around(0, Math.sqrt(3 / (ins * side * side))),
  });
  const slope = (name: string, channels: number): RandomArray => ({
    name: `${name}.weight`,
    shape: [channels],
    draw: around(0.25, 0.1),
  });
  /** A small weight for what is added up fifty times over. */
  function* norm(
    name: string,
    channels: number,
    weight: number | null = 1,
  ): Generator<RandomArray> {
    if (weight !== null) {
      yield { name: `${name}.weight`, shape: [channels], draw: around(weight, 0.1) };
      yield { name: `${name}.bias`, shape: [channels], draw: around(0, 0.1) };
    }
    yield { name: `${name}.running_mean`, shape: [channels], draw: around(0, 0.1) };
    yield { name: `${name}.running_var`, shape: [channels], draw: around(1, 0.2) };
  }
  yield conv('input_layer.0', 64, 3, 3);
  yield* norm('input_layer.1', 64);
  yield slope('input_layer.2', 64);
  let [ins, at] = [64, 0];
  for (const [stage, count] of unitsPerStage.entries()) {
    const outs = 64 << stage;
    for (let i = 0; i < count; i++, at++) {
      const unit = `body.${at}`;
      yield* norm(`${unit}.res_layer.0`, ins);
      yield conv(`${unit}.res_layer.1`, outs, ins, 3);
      yield slope(`${unit}.res_layer.2`, outs);
      yield conv(`${unit}.res_layer.3`, outs, outs, 3);
      yield* norm(`${unit}.res_layer.4`, outs, 0.2);
      if (ins !== outs) {
        yield conv(`${unit}.shortcut_layer.0`, outs, ins, 1);
        yield* norm(`${unit}.shortcut_layer.1`, outs);
      }
      ins = outs;
    }
  }
  yield* norm('output_layer.0', 512);
  yield { name: 'output_layer.3.weight', shape: [512, 25088], draw: around(0, 0.01) };
  yield { name: 'output_layer.3.bias', shape: [512], draw: around(0, 0.1) };
  yield* norm('output_layer.4', 512, null);
}
