import { describe, expect, it } from 'vitest';
import { reportOf, verifyCommand, verifyText } from './verify';

const drawn = (count: number, from: number) => Array.from({ length: count }, (_, i) => from + i / count);
const info = { name: 'lfw.bin', pairs: 252, genuine: 101, pictures: 504 };

describe('scf verify', () => {
  const scores = { cosine: { genuine: drawn(100, 0.4), impostor: drawn(150, -0.5) }, scf: { genuine: drawn(100, -1000), impostor: drawn(150, -1002) }, skipped: [{ index: 7, reason: 'The picture can\'t be decoded.' }, { index: 9, reason: 'x\u001b[2J' }] };

  it('tells the figures of both methods, and which rate takes more pairs', () => {
    const report = reportOf(info, scores);
    const text = verifyText(report);
    expect(text.split('\n')[0]).toBe('lfw.bin: 252 pairs, 250 scored (100 genuine, 150 impostor), 2 skipped');
    expect(report.cosine.auc).toBeGreaterThan(0.95);
    expect(text).toContain(`cosine  AUC ${report.cosine.auc!.toFixed(4)}, TAR@FAR 0.1 `);
    expect(text).toContain('SCF     AUC 1.0000, TAR@FAR 0.1 100.00 %, TAR@FAR 0.01 100.00 %, best accuracy 100.00 % at ');
    expect(text).toContain('chosen on the pairs themselves');
    expect(text).not.toContain('TAR@FAR 0.001');
    expect(text).toContain('FAR 0.001 takes 1,000 impostor pairs or more: 150 were scored, so that is not measured.');
    expect(text).toContain('skipped pair 7: The picture can\'t be decoded.');
    expect(text).not.toContain('\u001b');
  });

  it('has no row for SCF without a head, and no figures for pairs of one kind', () => {
    const text = verifyText(reportOf(info, { cosine: { genuine: drawn(5, 0), impostor: [] }, skipped: [] }));
    expect(text).toContain('cosine  no figures');
    expect(text).toContain('Rates take pairs of both kinds.');
    expect(text).not.toContain('SCF');
  });

  it('shows twenty skipped pairs and counts the others', () => {
    const skipped = Array.from({ length: 50 }, (_, index) => ({ index, reason: 'damaged' }));
    const lines = verifyText(reportOf(info, { ...scores, skipped })).split('\n');
    expect(lines.filter((line) => line.startsWith('skipped pair'))).toHaveLength(20);
    expect(lines.at(-1)).toBe('and 30 more');
  });

  it.each([
    [['--pairs', 'nowhere/lfw.bin'], 'bad-source', 'nowhere/lfw.bin can\'t be read'],
    [['--pairs', 'test/fixtures/vmf.json'], 'bad-source', 'vmf.json has at byte 0'],
    [['--pairs', 'test/fixtures/bins/py3-p4.bin', '--head', 'nowhere/head.safetensors'], 'bad-checkpoint', 'nowhere/head.safetensors can\'t be read'],
    [['--pairs', 'test/fixtures/bins/py3-p4.bin', '--backbone', 'nowhere/fr.onnx'], 'bad-model', 'nowhere/fr.onnx can\'t be read'],
  ])('refuses %j with a sentence', async (argv, code, message) => {
    await expect(verifyCommand().parseAsync(argv, { from: 'user' })).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
  });
});
