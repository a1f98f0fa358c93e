import { describe, expect, it } from 'vitest';
import { readPicture, wasLost, wasRead } from '../../../../test/fixtures/read-picture';
import { byKappa, rankCsv, rankedPicture, rankTable } from './ranked-pictures';

const ranked = byKappa(
  [
    wasRead({ ...readPicture('low, "worst".jpg', 3), percentile: 4.5, quality: 5 }),
    wasLost('nobody.jpg', 'undetected', 'No face was found in it (9 × 9).'),
    wasRead({ ...readPicture('=high.jpg', 900), faceSize: 80.4, detectorScore: 0.99 }),
    wasLost('gone.jpg', 'unreadable', "gone.jpg can't be read."),
    wasRead(readPicture('low, "worst".jpg', 3)),
  ].map(rankedPicture),
);

describe('pictures ranked by κ', () => {
  it('have the least sure last, and after them those without κ', () => {
    expect(ranked.map(({ path }) => path)).toEqual([
      '=high.jpg',
      'low, "worst".jpg',
      'low, "worst".jpg',
      'nobody.jpg',
      'gone.jpg',
    ]);
    expect(ranked.map(({ faces }) => faces)).toEqual([null, null, null, 0, null]);
  });

  it('are a table of those with κ, in columns', () => {
    const lines = rankTable(ranked, 'scf').split('\n');
    expect(lines).toHaveLength(4);
    expect(lines[0]).toBe(
      'rank  percentile  quality      κ  ‖embedding‖  face, px  detector  picture',
    );
    expect(lines[1]!.trim().split(/\s{2,}/)).toEqual([
      '1',
      '–',
      '–',
      '900.0',
      '1.00',
      '80',
      '0.990',
      '=high.jpg',
    ]);
    expect(lines[2]).toContain('   5        5  3.000');
  });

  it('are all in the CSV, with the reason of those without κ', () => {
    const lines = rankCsv(ranked).split('\r\n');
    expect(lines[0]).toBe(
      'rank,path,faces,kappa,percentile,quality,embeddingNorm,faceSize,detectorScore,reason',
    );
    expect(lines[1]).toBe("1,'=high.jpg,,900,,,1,80.4,0.99,");
    expect(lines[2]).toBe('2,"low, ""worst"".jpg",,3,4.5,5,1,,,');
    expect(lines[4]).toBe(',nobody.jpg,0,,,,,,,No face was found in it (9 × 9).');
    expect(lines[5]).toBe(",gone.jpg,,,,,,,,gone.jpg can't be read.");
    expect(lines.slice(6)).toEqual(['']);
  });
});
