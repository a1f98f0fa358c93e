/**
 * A gzip stream, unpacked. Not `pipeThrough`: where its reader leaves early, Node 20 goes on to
 * push what is unpacked into the stream that was left, and that ends the process
 * (ERR_INVALID_STATE). So the unpacking is never left here: its input ends, and what comes of it
 * is read to the end and dropped.
 */
export function gunzipped(packed: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
  type Pair = ReadableWritablePair<Uint8Array, Uint8Array>;
  const { readable, writable } = new DecompressionStream('gzip') as Pair;
  const [input, output] = [packed.getReader(), readable.getReader()];
  const feeding = feed(input, writable.getWriter());
  return new ReadableStream(
    {
      async pull(controller) {
        const { done, value } = await output.read();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      async cancel(reason) {
        await input.cancel(reason).catch(() => undefined);
        await Promise.all([feeding, drain(output)]);
      },
    },
    { highWaterMark: 0 },
  );
}

/** Passes everything on. Never fails: who reads the output meets what goes wrong on either side. */
async function feed(
  input: ReadableStreamDefaultReader<Uint8Array>,
  output: WritableStreamDefaultWriter<Uint8Array>,
): Promise<void> {
  // Said by write() and close() too.
  output.closed.catch(() => undefined);
  try {
    for (;;) {
      const { done, value } = await input.read();
      if (done) return await output.close();
      await output.write(value);
    }
  } catch (thrown) {
    await input.cancel(thrown).catch(() => undefined);
    await output.abort(thrown).catch(() => undefined);
  }
}

async function drain(output: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
  try {
    while (!(await output.read()).done);
  } catch {
    // An archive that ends in the middle, as it does here.
  }
}
