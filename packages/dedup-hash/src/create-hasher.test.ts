import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { isStabilityError } from '@ws-stability/core';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createHasher } from './create-hasher.ts';

afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

// Of canonical JSON with seed 42; the second is also Python's hashlib.
const WRITTEN_DOWN = ['1c35943e65c820c8', '3be48b54235a64f861c764da3d5a2b1bfb908aed41eca2f5514ea38579db003b'];

const encoder = new TextEncoder();

/** Input of the reference implementation's own check: the top bytes of a 64-bit generator. */
function sanityBuffer(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let state = 2654435761n;
  for (let index = 0; index < length; index++) {
    bytes[index] = Number(state >> 56n);
    state = BigInt.asUintN(64, state * 11400714785074694797n);
  }
  return bytes;
}

describe('xxhash64', () => {
  it('gives the published values', async () => {
    const hasher = await createHasher();
    expect([hasher.algorithm, hasher.bits, hasher.seed]).toEqual(['xxhash64', 64, 0n]);
    // xxHash's specification and sanity check (XSUM_sanity_check.c), and python-xxhash's documentation.
    expect(hasher.hex(hasher.text(''))).toBe('ef46db3751d8e999');
    expect(hasher.hex(hasher.text('a'))).toBe('d24ec4f1a98c6e5b');
    expect(hasher.hex(hasher.text('abc'))).toBe('44bc2cf5ad770999');
    expect(hasher.bytes(sanityBuffer(1))).toBe(0xe934a84adb052768n);
    expect(hasher.bytes(sanityBuffer(4))).toBe(0x9136a0dca57457een);
    expect(hasher.bytes(sanityBuffer(14))).toBe(0x8282dcc4994e35c8n);
    expect(hasher.bytes(sanityBuffer(222))).toBe(0xb641ae8cb691c174n);
  });

  it('gives the published values for a seed', async () => {
    const hasher = await createHasher({ seed: 2654435761n });
    expect(hasher.text('')).toBe(0xac75fda2929b17efn);
    expect(hasher.bytes(sanityBuffer(1))).toBe(0x5014607643a9b4c3n);
    expect(hasher.bytes(sanityBuffer(4))).toBe(0xcaab286bd8e9fdb5n);
    expect(hasher.bytes(sanityBuffer(14))).toBe(0xc3bd6bf63deb6df0n);
    expect(hasher.bytes(sanityBuffer(222))).toBe(0x20cb8ab7ae10c14an);
  });

  it('hashes inputs larger than its memory, and views into larger buffers', async () => {
    const { bytes } = await createHasher();
    const large = new Uint8Array(300_000).fill(7);
    expect(bytes(large.subarray(100_000))).toBe(bytes(new Uint8Array(200_000).fill(7)));
    expect(bytes(large)).not.toBe(bytes(large.subarray(1)));
  });

  it('is refused, not replaced, where it is asked for by name and WebAssembly is missing', async () => {
    vi.stubGlobal('WebAssembly', undefined);
    await expect(createHasher({ algorithm: 'xxhash64' })).rejects.toMatchObject({ code: 'ERR_HASH_UNAVAILABLE' });
  });
});

describe('sha256', () => {
  // FIPS 180-2, appendix B.
  const published = [
    ['', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
    ['abc', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
    [
      'abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq',
      '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1',
    ],
    ['a'.repeat(1_000_000), 'cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0'],
  ] as const;
  const builtins = {
    'node:crypto with hash': undefined,
    'node:crypto without hash': { createHash },
    'no node:crypto': null,
  } as const;

  for (const [name, builtin] of Object.entries(builtins)) {
    it(`gives the published values with ${name}`, async () => {
      if (builtin !== undefined) vi.stubGlobal('process', { ...process, getBuiltinModule: () => builtin ?? undefined });
      const hasher = await createHasher({ algorithm: 'sha256' });
      vi.unstubAllGlobals();
      expect([hasher.algorithm, hasher.bits]).toEqual(['sha256', 256]);
      for (const [text, hex] of published) {
        expect(hasher.hex(hasher.text(text))).toBe(hex);
        expect(hasher.hex(hasher.bytes(encoder.encode(text)))).toBe(hex);
      }
    });
  }

  it('stands in where WebAssembly is missing, and says so', async () => {
    vi.stubGlobal('WebAssembly', undefined);
    const hasher = await createHasher();
    expect([hasher.algorithm, hasher.bits]).toEqual(['sha256', 256]);
    expect(hasher.text('abc')).toBe(BigInt(`0x${published[1][1]}`));
  });

  it('puts a seed before the input, as eight bytes', async () => {
    const seeded = await createHasher({ algorithm: 'sha256', seed: 258n });
    const expected = createHash('sha256')
      .update(Uint8Array.of(0, 0, 0, 0, 0, 0, 1, 2, 97))
      .digest('hex');
    expect(seeded.hex(seeded.text('a'))).toBe(expected);
  });
});

describe('every hasher', () => {
  const algorithms = ['xxhash64', 'sha256'] as const;

  it('takes texts as their UTF-8 and values as their canonical JSON', async () => {
    for (const algorithm of algorithms) {
      const { text, bytes, value } = await createHasher({ algorithm, seed: 5n });
      fc.assert(
        fc.property(
          fc.string({ unit: 'binary' }),
          (input) => void expect(text(input)).toBe(bytes(encoder.encode(input))),
        ),
      );
      expect(text('\ud800')).toBe(text('\ufffd'));
      expect(value({ b: [1], a: 'é' })).toBe(text('{"a":"é","b":[1]}'));
      expect(value('\ud800')).not.toBe(value('\ufffd'));
      expect(() => value(Number.NaN)).toThrow(expect.objectContaining({ code: 'ERR_CANONICAL_JSON' }));
    }
  });

  it('writes hexadecimal of full width', async () => {
    expect((await createHasher()).hex(255n)).toBe('00000000000000ff');
    expect((await createHasher({ algorithm: 'sha256' })).hex(1n)).toBe('1'.padStart(64, '0'));
  });

  it('gives other fingerprints for another seed', async () => {
    for (const algorithm of algorithms) {
      const hashers = await Promise.all([0n, 1n, 2n ** 64n - 1n].map((seed) => createHasher({ algorithm, seed })));
      expect(new Set(hashers.map(({ text }) => text('a'))).size).toBe(3);
    }
  });

  it('gives the same fingerprint in another process', () => {
    // Another process, its own random hash seeds and all; what it prints is compared with what was written down here.
    const program = `
      import { createHasher } from ${JSON.stringify(new URL('create-hasher.ts', import.meta.url).href)};
      for (const algorithm of ['xxhash64', 'sha256']) {
        const hasher = await createHasher({ algorithm, seed: 42n });
        console.log(hasher.hex(hasher.value({ topic: 'orders', price: 1e21, tags: ['é', '日本', null], at: new Date(0) })));
      }`;
    const args = ['--conditions=@ws-stability/source', '--import', 'tsx', '--input-type=module', '--eval', program];
    const { stdout, stderr } = spawnSync(process.execPath, args, {
      cwd: fileURLToPath(new URL('../../..', import.meta.url)),
      encoding: 'utf8',
      env: { PATH: process.env.PATH },
      timeout: 30_000,
    });
    expect(stdout.trim().split('\n'), stderr).toEqual(WRITTEN_DOWN);
  });

  it('names every option out of its range at once', async () => {
    for (const seed of [-1n, 2n ** 64n])
      await expect(createHasher({ seed })).rejects.toMatchObject({ code: 'ERR_OPTION' });
    const wrong = JSON.parse('{"algorithm": "md5", "seed": 1}');
    const error: unknown = await createHasher(wrong).catch((problem: unknown) => problem);
    expect(isStabilityError(error) && error.details.problems).toHaveLength(2);
  });
});
