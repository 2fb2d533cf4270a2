import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, describe, expect, it } from 'vitest';
import { quickSettings, type RunSettings } from './area.ts';
import { readCommandLine } from './command-line.ts';
import { exitCode, runAreas } from './run-areas.ts';
import { area } from './testing/tiny-area.ts';
import type { Verdict } from './verdict.ts';

const folder = mkdtempSync(join(tmpdir(), 'bench-'));
afterAll(() => rmSync(folder, { recursive: true }));

const tiny: RunSettings = { ...quickSettings, rounds: 3, fewRounds: 3, roundsPerProcess: 3, measureMs: 2, warmUpMs: 2 };

async function run(words: readonly string[], signal = new AbortController().signal) {
  const streams = { out: new PassThrough(), err: new PassThrough() };
  const texts = { out: '', err: '' };
  streams.out.on('data', (chunk: Buffer) => (texts.out += chunk.toString()));
  streams.err.on('data', (chunk: Buffer) => (texts.err += chunk.toString()));
  const code = await runAreas(readCommandLine(words, [area]), { ...streams, signal, settings: tiny });
  return { code, ...texts };
}

describe('a whole run', () => {
  it('goes from contenders in their processes to tables and a document', async () => {
    const file = join(folder, 'results.json');
    const { code, out, err } = await run(['--json', file]);
    const document: unknown = JSON.parse(readFileSync(file, 'utf8'));

    // One contender cannot be started.
    expect(code).toBe(1);
    expect(out).toContain('by one');
    expect(out).toContain('÷ by two');
    expect(out).toContain('words do not add up');
    expect(out).toContain('3 targets met, 0 missed, 0 inconclusive');
    expect(out).not.toContain('\u001b');
    expect(err).toContain('tiny/adding');
    expect(document).toMatchObject({
      machine: { node: process.version, cores: expect.any(Number), processor: expect.any(String) },
      versions: { tinybench: expect.stringMatching(/^\d+\.\d+\.\d+$/) },
      settings: { rounds: 3, seed: 1 },
      startedAt: expect.stringMatching(/^\d{4}-/),
      commit: expect.any(String),
      partial: false,
      sentences: ['The ratio was measured.'],
      failures: [expect.stringContaining('words do not add up')],
    });
    const { rows } = document as { rows: Record<string, unknown>[] };
    expect(rows.map(({ name }) => name)).toEqual([
      'adding: by one, add',
      'adding: by one, rate',
      'adding: by two, add',
      'adding: by two, rate',
      'one against two',
      'one in a second',
      'keeping: an array, bytes',
      'an element, bytes',
    ]);
    const allowed = ['area', 'name', 'unit', 'value', 'median', 'min', 'max', 'peer', 'ratio', 'target', 'met'];
    for (const row of rows) {
      for (const field of Object.keys(row)) expect(allowed).toContain(field);
      expect(row).toMatchObject({ value: expect.any(Number), median: row.value });
    }
  });

  it('refuses a file that it could not write before it measures anything', async () => {
    expect(await run(['--json', join(folder, 'missing', 'a.json')])).toMatchObject({
      code: 2,
      out: '',
      err: expect.stringContaining('its folder does not exist'),
    });
    expect(await run(['--json', folder])).toMatchObject({ code: 2, err: expect.stringContaining('is a folder') });
  });

  it('that is interrupted says that its results are partial', async () => {
    const { code, out } = await run([], AbortSignal.abort());
    expect(code).toBe(130);
    expect(out).toContain('partial');
  });
});

describe('the exit code', () => {
  const code = (verdicts: readonly Verdict[], { check = true, failures = 0, partial = false } = {}): number =>
    exitCode(
      {
        partial,
        failures: Array.from({ length: failures }, () => 'why'),
        findings: verdicts.map((verdict) => ({
          area: 'tiny',
          name: verdict,
          spread: { rounds: 3, median: 1, min: 1, max: 1, low: 1, high: 1 },
          verdict,
        })),
      },
      check,
    );

  it('is 0 when everything is met', () => expect(code(['met', 'met'])).toBe(0));
  it('is 1 when a target is missed', () => expect(code(['met', 'inconclusive', 'missed'])).toBe(1));
  it('is 3 when none is missed but one is inconclusive', () => expect(code(['met', 'inconclusive'])).toBe(3));
  it('is 0 without --check', () => expect(code(['missed'], { check: false })).toBe(0));
  it('is 1 when something could not be measured, also without --check', () =>
    expect(code([], { check: false, failures: 1 })).toBe(1));
  it('is 130 when it was interrupted', () => expect(code(['missed'], { partial: true })).toBe(130));
});
