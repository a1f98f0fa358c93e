import { PickleMachine } from './pickle-machine';
import { Refusal, RefusedGlobal, type UnpickleOptions } from './pickle-objects';
import { opcodes } from './pickle-opcodes';
import { messageOf, StudioError } from '../../core/studio-error';

/** A pickle's value, and the offset of the byte behind it: a file may hold several pickles. */
export interface Unpickled {
  readonly value: unknown;
  readonly end: number;
}

/**
 * Reads a pickle of protocols 0 to 5. Never imports or calls anything that the pickle names.
 *
 * None is null; bool, str and float are boolean, string and number; int is a number, or a bigint
 * beyond ±(2^53 − 1). Byte strings (Python 2's str and bytearray too) are Uint8Arrays: views of
 * `bytes`, unless they are escaped in the file. A list is an array, a tuple a frozen one, a set a
 * Set, a dict a Map whose byte-string keys have become Latin-1 text. Values may contain
 * themselves, and nest as deep as the file is long, so don't walk through them by recursion.
 *
 * Time and memory are bounded by the length of `bytes`: claimed lengths are checked before anything
 * is allocated.
 * @throws StudioError `bad-source` with the byte offset: for a global that isn't allowed (named;
 * its cause is a {@link RefusedGlobal}), an unknown opcode, a damaged or broken-off pickle
 */
export function unpickle(bytes: Uint8Array, options: UnpickleOptions = {}): Unpickled {
  // A plain Uint8Array, because views of a Node Buffer would be Buffers.
  const machine = new PickleMachine(
    new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length),
    options.offset ?? 0,
  );
  for (;;) {
    const at = machine.at;
    try {
      if (at >= bytes.length) throw new Error('its end, where more was expected');
      const code = machine.uint8();
      if (code === 0x2e) return { value: machine.pop(), end: machine.at };
      const run = opcodes.get(code);
      if (!run)
        throw new Error(`opcode 0x${code.toString(16).padStart(2, '0')}, which is not read`);
      run(machine, options);
    } catch (thrown) {
      if (thrown instanceof StudioError) throw thrown;
      const reason = messageOf(thrown);
      const found = `${options.name ?? 'The pickle'} has at byte ${at} ${reason}.`;
      throw new StudioError('bad-source', found, nextStepOf(thrown), { cause: thrown });
    }
  }
}

function nextStepOf(thrown: unknown): string {
  if (!(thrown instanceof Refusal)) {
    return 'Get the file again: it may be cut short or no pickle at all.';
  }
  const only = 'Only plain values are read, and nothing in a file is ever called.';
  return thrown instanceof RefusedGlobal && thrown.isDangerous
    ? `${only} Use a file from a source you trust.`
    : `${only} Save it again with nothing but numbers, texts, lists, dicts and arrays in it.`;
}
