import { describe, expect, it } from 'vitest';
import { validationAt } from '../../../test/fixtures/run-steps';
import { MemoryFileStore } from '../../formats/bytes/memory-file-store';
import { joinedBytes } from '../../formats/bytes/joined-bytes';
import { repairValidations } from './repair';
import {
  decodeValidations,
  encodeValidation,
  validationHeader,
  VALIDATIONS_FILE,
} from './validation-file';
import { ValidationLog } from './validation-log';

const never = (sentence: string) => expect.unreachable(sentence);
const results = [7, 14, 21].map((step) => validationAt(step));
const whole = joinedBytes([validationHeader, ...results.map(encodeValidation)]);
const two = joinedBytes([validationHeader, ...results.slice(0, 2).map(encodeValidation)]).length;

describe('a file of validations', () => {
  it('gives them back as they were', () => {
    expect(decodeValidations(whole)).toMatchObject({ results, isDamaged: false });
    const odd = { ...validationAt(3, 0), loss: NaN, spearman: null };
    const bytes = joinedBytes([validationHeader, encodeValidation(odd)]);
    expect(decodeValidations(bytes).results).toEqual([odd]);
  });

  it('gives those of an earlier studio, which had no intervals', () => {
    const { spearmanInterval, ...old } = results[0]!;
    expect(spearmanInterval).not.toBeNull();
    const bytes = joinedBytes([validationHeader, encodeValidation(old as (typeof results)[0])]);
    expect(decodeValidations(bytes).results).toEqual([{ ...old, spearmanInterval: null }]);
  });

  it('cuts off a record that was not written to its end, at any byte', () => {
    for (let size = two; size < whole.length; size++) {
      const decoded = decodeValidations(whole.subarray(0, size));
      expect(decoded).toMatchObject({ isDamaged: false, wholeBytes: two });
      expect(decoded.results).toHaveLength(2);
    }
  });

  it('keeps what lies around a damaged record, wherever it is damaged', () => {
    const record = encodeValidation(results[0]!).length;
    const start = validationHeader.length + record;
    for (let at = start; at < two; at += 7) {
      const bytes = whole.slice();
      bytes[at]! ^= 64;
      const decoded = decodeValidations(bytes);
      // The four zeros of a frame mean nothing yet.
      if (at - start >= 12 && at - start < 16) continue;
      expect(
        decoded.results.map(({ step }) => step),
        String(at),
      ).toEqual([7, 21]);
      expect(decoded.isDamaged).toBe(true);
    }
  });

  it('goes on after a step, and is repaired once', async () => {
    const store = new MemoryFileStore();
    const spoilt = whole.slice();
    spoilt[two - 3]! ^= 1;
    await store.write(VALIDATIONS_FILE, spoilt);
    const told: string[] = [];
    await repairValidations(store, (sentence) => told.push(sentence));
    expect(told).toHaveLength(1);
    expect(await store.read(`${VALIDATIONS_FILE}.damaged`)).toEqual(spoilt);
    const log = await ValidationLog.open(store, 20, never);
    await log.append(validationAt(30), true);
    const found = decodeValidations((await store.read(VALIDATIONS_FILE))!).results;
    expect(found).toEqual([results[0], validationAt(30)]);
  });
});
