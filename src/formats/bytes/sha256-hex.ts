/** SHA-256 of bytes, in hexadecimal. */
export async function sha256Hex(bytes: Uint8Array): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>);
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** SHA-256 of a text's UTF-8, in hexadecimal. */
export const sha256OfText = (text: string): Promise<string> =>
  sha256Hex(new TextEncoder().encode(text));

/** Lines are collected up to this length, in characters, and hashed together. */
const PIECE_LENGTH = 2 ** 20;

/**
 * SHA-256 over any number of lines, holding about a megabyte at a time. It is the hash of the
 * hashes of such pieces, because WebCrypto only hashes what lies whole in memory.
 */
export async function sha256OfLines(
  lines: Iterable<string> | AsyncIterable<string>,
): Promise<string> {
  const pieces: string[] = [];
  let held: string[] = [];
  let length = 0;
  const closePiece = async () => {
    pieces.push(await sha256OfText(held.join('\n')));
    held = [];
    length = 0;
  };
  for await (const line of lines) {
    held.push(line);
    length += line.length + 1;
    if (length >= PIECE_LENGTH) await closePiece();
  }
  await closePiece();
  return sha256OfText(pieces.join('\n'));
}
