import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { CROP_SIZE } from '../../../faces/face-record';
import { TEMPLATE } from '../../../faces/similarity-transform';
import { captureFrom } from '../../../faces/synthetic/face-capture';
import { identityFrom } from '../../../faces/synthetic/face-identity';
import { renderFace } from '../../../faces/synthetic/render-face';

/** Size of the made release: people, templates a person, media a template, pictures a medium. */
const [PEOPLE, TEMPLATES, MEDIA, PICTURES] = [8, 2, 2, 2];
/** Background around a face, in pixels. */
const MARGIN = 24;

/**
 * Writes a small release: pictures of drawn faces, whose landmarks are known, and the three lists.
 * @param set what the names of the lists begin with
 */
export async function makeIjb(folder: string, set: string): Promise<void> {
  await mkdir(join(folder, 'loose_crop'), { recursive: true });
  await mkdir(join(folder, 'meta'), { recursive: true });
  const [pictures, points]: [string[], string[]] = [[], []];
  for (let number = 0; number < PEOPLE * TEMPLATES * MEDIA * PICTURES; number++) {
    const media = Math.floor(number / PICTURES);
    const template = Math.floor(media / MEDIA);
    const person = Math.floor(template / TEMPLATES);
    const { data } = renderFace(identityFrom(5, person), captureFrom(5, person, number));
    const face = await sharp(data, { raw: { width: CROP_SIZE, height: CROP_SIZE, channels: 3 } })
      .png()
      .toBuffer();
    const side = CROP_SIZE + 2 * MARGIN;
    await writeFile(
      join(folder, 'loose_crop', `${number + 1}.jpg`),
      await sharp({ create: { width: side, height: side, channels: 3, background: '#888' } })
        .composite([{ input: face, left: MARGIN, top: MARGIN }])
        .jpeg({ quality: 92 })
        .toBuffer(),
    );
    pictures.push(`${number + 1}.jpg ${template + 1} ${media + 1}`);
    points.push(
      `${number + 1}.jpg ${TEMPLATE.flatMap(([x, y]) => [x + MARGIN, y + MARGIN]).join(' ')} 0.99`,
    );
  }
  const pairs: string[] = [];
  const templates = PEOPLE * TEMPLATES;
  const personOf = (template: number) => Math.floor(template / TEMPLATES);
  for (let a = 0; a < templates; a++) {
    for (let b = a + 1; b < templates; b++) {
      pairs.push(`${a + 1} ${b + 1} ${personOf(a) === personOf(b) ? 1 : 0}`);
    }
  }
  for (const [ending, lines] of [
    ['face_tid_mid', pictures],
    ['template_pair_label', pairs],
    ['name_5pts_score', points],
  ] as const) {
    await writeFile(join(folder, 'meta', `${set}_${ending}.txt`), `${lines.join('\n')}\n`);
  }
}
