import greek from '@fontsource-variable/inter/files/inter-greek-wght-normal.woff2?url';
import latin from '@fontsource-variable/inter/files/inter-latin-wght-normal.woff2?url';

/** Pixels of the picture for each of the drawing: sharp on slides and dense screens. */
const PNG_SCALE = 2;

/**
 * Draws an SVG that stands alone as a PNG of twice its size, in the page's font.
 * @throws Error if the browser can't draw it, or the font can't be read
 */
export async function svgAsPng(svg: string): Promise<Blob> {
  const withFont = svg.replace('>', `>${await fontStyle()}`);
  const url = URL.createObjectURL(new Blob([withFont], { type: 'image/svg+xml' }));
  try {
    const picture = new Image();
    picture.src = url;
    await picture.decode();
    const canvas = document.createElement('canvas');
    canvas.width = PNG_SCALE * picture.naturalWidth;
    canvas.height = PNG_SCALE * picture.naturalHeight;
    const context = canvas.getContext('2d');
    if (!context) throw new Error('the browser gives no canvas');
    context.drawImage(picture, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, 'image/png'));
    if (!blob) throw new Error('the browser gave no picture');
    return blob;
  } finally {
    URL.revokeObjectURL(url);
  }
}

/** A picture can't use the page's fonts, nor fetch any: they are written into it. */
async function fontStyle(): Promise<string> {
  const faces = await Promise.all(
    [latin, greek].map(async (address) => {
      const response = await fetch(address);
      if (!response.ok) throw new Error(`the font couldn’t be read (HTTP ${response.status})`);
      const bytes = new Uint8Array(await response.arrayBuffer());
      return (
        "@font-face{font-family:'Inter Variable';font-weight:100 900;src:url(data:font/woff2;" +
        `base64,${base64(bytes)}) format('woff2');${rangeOf(address)}}`
      );
    }),
  );
  return `<style>${faces.join('')}</style>`;
}

/** Without ranges the last of two files of one font would be used for all letters. */
const rangeOf = (address: string): string =>
  address === greek ? 'unicode-range:U+0370-03FF' : 'unicode-range:U+0000-02FF,U+2000-22FF';

function base64(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 8192)
    text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(text);
}
