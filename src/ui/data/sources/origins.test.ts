import { describe, expect, it } from 'vitest';
import { isCacheable, foreignOriginsOf } from './origins';

const PAGE = 'https://here.example/studio/';

describe('foreignOriginsOf', () => {
  it('is empty for the page’s own origin and for picked files', () => {
    expect(foreignOriginsOf('shards/demo/manifest.json', PAGE)).toEqual([]);
    expect(foreignOriginsOf('https://here.example/a-{0..3}.tar', PAGE)).toEqual([]);
    expect(foreignOriginsOf('files:https://elsewhere.example', PAGE)).toEqual([]);
  });

  it('names each foreign host once, in any notation and with braces anywhere', () => {
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

  it('treats another port or scheme as another origin', () => {
    expect(foreignOriginsOf('http://here.example/a.tar', PAGE)).toEqual(['http://here.example']);
    expect(foreignOriginsOf('https://here.example:8443/a.tar', PAGE)).toEqual([
      'https://here.example:8443',
    ]);
  });

  it('is empty for a pattern with too many names', () => {
    expect(foreignOriginsOf('https://there.example/a-{0..9999999}.tar', PAGE)).toEqual([]);
  });
});

describe('isCacheable', () => {
  it('holds for tars and manifests at an address only', () => {
    expect(isCacheable('shards/demo/manifest.json')).toBe(true);
    expect(isCacheable('https://there.example/a-{0..3}.tar')).toBe(true);
    expect(isCacheable('https://there.example/train.rec')).toBe(false);
    expect(isCacheable('https://there.example/{0..3}.parquet?download=1')).toBe(false);
    expect(isCacheable('files:faces')).toBe(false);
  });
});
