import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseReadyHeads } from './ready-head-list';

const scf = { method: 'scf', file: 'scf.safetensors', faces: 'photographs' };

describe('parseReadyHeads', () => {
  it("reads the studio's list, which has one head of a method for each kind of faces", () => {
    const where = 'public/heads/heads.json';
    const list = parseReadyHeads(JSON.parse(readFileSync(where, 'utf8')), where);
    expect(list).toContainEqual(scf);
    const kinds = list.map(({ method, faces }) => `${method} ${faces}`);
    expect(new Set(kinds).size).toBe(kinds.length);
  });

  it.each([
    ['no list', scf],
    ['an unknown method', [{ ...scf, method: 'cosine' }]],
    ['no faces', [{ method: 'scf', file: 'scf.safetensors' }]],
    ['unknown faces', [{ ...scf, faces: 'animals' }]],
    ['a file in another folder', [{ ...scf, file: '../scf.safetensors' }]],
  ])('refuses a list with %s', (_, list) => {
    expect(() => parseReadyHeads(list, 'heads.json')).toThrow(/heads\.json is no list of heads/);
  });
});
