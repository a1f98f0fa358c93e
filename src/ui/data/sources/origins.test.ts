import { describe, expect, it } from 'vitest';
import { canBeKept, foreignOriginsOf } from './origins';

const PAGE = 'https://here.example/studio/';

describe('foreignOriginsOf', () => {
  it('is empty for what lies beside the page and for picked files', () => {
    expect(foreignOriginsOf('shards/demo/manifest.json', PAGE)).toEqual([]);
    expect(foreignOriginsOf('https://here.example/a-{0..3}.tar', PAGE)).toEqual([]);
    expect(foreignOriginsOf('files:https://elsewhere.example', PAGE)).toEqual([]);
  });

  it('names another host once, however it is written and wherever the braces are', () => {
    expect(foreignOriginsOf('https://there.example/a-{0..3}.tar', PAGE)).toEqual([
      'https://there.example',
    ]);
    expect(foreignOriginsOf('//there.example/a.tar', PAGE)).toEqual(['https://there.example']);
    expect(foreignOriginsOf('\\\\there.example\\a.tar', PAGE)).toEqual(['https://there.example']);
    expect(foreignOriginsOf('https://{a,b}.example/a-{0..3}.tar', PAGE)).toEqual([
      'https://a.example',
      'https://b.example',
    ]);
  });

  it('counts another port and another scheme as another origin', () => {
    expect(foreignOriginsOf('http://here.example/a.tar', PAGE)).toEqual(['http://here.example']);
    expect(foreignOriginsOf('https://here.example:8443/a.tar', PAGE)).toEqual([
      'https://here.example:8443',
    ]);
  });

  it('is empty for a pattern that will be refused', () => {
    expect(foreignOriginsOf('https://there.example/a-{0..9999999}.tar', PAGE)).toEqual([]);
  });
});

describe('canBeKept', () => {
  it('is so for tars and manifests at an address only', () => {
    expect(canBeKept('shards/demo/manifest.json')).toBe(true);
    expect(canBeKept('https://there.example/a-{0..3}.tar')).toBe(true);
    expect(canBeKept('https://there.example/train.rec')).toBe(false);
    expect(canBeKept('https://there.example/{0..3}.parquet?download=1')).toBe(false);
    expect(canBeKept('files:faces')).toBe(false);
  });
});
