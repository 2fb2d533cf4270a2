// A visitor's minute: 1,000 messages while the TCP connection is destroyed three times; the page counts them itself.
import { eventually, FaultProxy } from '@ws-stability/testing';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasChromium, launchChromium } from './chromium.ts';
import { openPlayground, type PlaygroundPage } from './playground-page.ts';
import { type ServerProcess, startServer } from './server-process.ts';

const CUTS = 3;
const ALL = 1_000;
const STALL_MS = 5_000;
const HOOK_MS = 30_000;
const PATIENCE = { timeoutMs: 15_000, everyMs: 50 };

describe.runIf(hasChromium())('the playground in Chromium', () => {
  let browser: Browser;
  let server: ServerProcess;

  beforeAll(async () => {
    [browser, server] = await Promise.all([launchChromium(), startServer()]);
  }, HOOK_MS);

  afterAll(async () => {
    await browser?.close();
    await server?.stop();
  }, HOOK_MS);

  it('shows 1,000 of 1,000 in order and none twice after three presses of "Cut my connection"', async () => {
    const playground = await openPlayground(browser, server.port);
    const session = await playground.text('session');
    await playground.press('publish-1000');
    for (let cut = 1; cut <= CUTS; cut += 1) {
      await playground.received(1);
      expect(await playground.count('received-count'), `cut ${cut} comes while they come`).toBeLessThan(ALL);
      await playground.press('cut');
      await playground.returned(cut);
    }
    await expectWhole(playground);
    expect(await playground.text('session')).toBe(session);
    await playground.close();
  });

  it('shows the same when a proxy on the way destroys the connections', async () => {
    await using proxy = await FaultProxy.listen({ port: server.port });
    const playground = await openPlayground(browser, proxy.port);
    await playground.press('publish-1000');
    for (let cut = 1; cut <= CUTS; cut += 1) {
      await playground.received(1);
      expect(await playground.count('received-count'), `cut ${cut} comes while they come`).toBeLessThan(ALL);
      proxy.cutAll('reset');
      await playground.returned(cut);
    }
    await expectWhole(playground);
    expect(proxy.snapshot().cuts).toBeGreaterThanOrEqual(CUTS);
    await playground.close();
  });

  it('holds everything back during a stall and gives it back after it', async () => {
    const playground = await openPlayground(browser, server.port);
    const stalledAt = performance.now();
    await playground.press('stall');
    await playground.press('publish-1000');
    await playground.received(1);
    expect(performance.now() - stalledAt).toBeGreaterThanOrEqual(STALL_MS);
    await playground.received(ALL);
    expect(await playground.text('verdict')).toBe('1,000 of 1,000 · in order · none twice');
    expect(await playground.count('reconnects')).toBe(0);
    expect(playground.complaints).toEqual([]);
    await playground.close();
  });

  it('names what the server no longer had when the page came back', async () => {
    await using proxy = await FaultProxy.listen({ port: server.port });
    const playground = await openPlayground(browser, proxy.port);
    const before = await published(server.port);
    // More than the 1,000 that are retained: the first of them are gone when the page returns.
    await playground.press('publish-1000');
    await playground.press('publish-1000');
    await playground.received(1);
    proxy.refuse();
    proxy.cutAll('reset');
    const had = await eventually(async () => {
      expect((await published(server.port)) - before).toBe(2 * ALL);
      return playground.count('received-count');
    }, PATIENCE);
    proxy.refuse(false);
    await playground.page.evaluate(() => dispatchEvent(new Event('online')));
    await playground.received(had + ALL);
    const lost = ALL - had;
    await eventually(async () => {
      expect(await playground.text('verdict')).toBe(
        `1,${digits(had)} of 2,000 · ${lost} lost, and you were told which`,
      );
    });
    expect(await playground.count('missing')).toBe(lost);
    expect(await playground.count('twice')).toBe(0);
    const gaps = await playground.page.locator('[data-testid=list] [data-event=gap] .text').allTextContents();
    expect(gaps).toEqual([`Gap: ${lost} messages lost, ${had + 1}–1,000 (retention)`]);
    expect(await playground.offsets()).toEqual([
      ...Array.from({ length: ALL }, (_, index) => 2 * ALL - index),
      ...Array.from({ length: had }, (_, index) => had - index),
    ]);
    await playground.close();
  });

  it('publishes what a visitor types, as text whatever it looks like, and shows it in every tab on that topic', async () => {
    const first = await openPlayground(browser, server.port);
    const second = await openPlayground(browser, server.port);
    const topic = await first.page.getByTestId('topic').inputValue();
    expect(await second.page.getByTestId('topic').inputValue()).not.toBe(topic);
    await second.page.getByTestId('topic').fill(topic);
    await second.press('subscribe');
    const typed = '<img src=x onerror=alert(1)> & <b>bold</b>';
    await first.page.getByTestId('payload').fill(typed);
    await first.press('publish');
    for (const playground of [first, second]) {
      await playground.received(1);
      const row = playground.page.locator('[data-testid=list] [data-offset="1"]');
      expect(await row.locator('.text').textContent()).toBe(typed);
      expect(await row.locator('img, b').count()).toBe(0);
      expect(playground.complaints).toEqual([]);
    }
    expect(await first.text('receipt')).toMatch(/^Accepted at offset 1 of epoch \d+\.$/);
    await Promise.all([first.close(), second.close()]);
  });
});

/** As in `1,042`, after the comma. */
const digits = (value: number): string => `${value}`.padStart(3, '0');

/** How many messages the server has published since it started. */
async function published(port: number): Promise<number> {
  const answer: unknown = await (await fetch(`http://127.0.0.1:${port}/health/websocket`)).json();
  return expectNumber(answer, 'messages', 'published');
}

function expectNumber(value: unknown, ...path: readonly string[]): number {
  const found = path.reduce((within, name) => new Map(Object.entries(Object(within))).get(name), value);
  if (typeof found !== 'number') throw new Error(`no number at ${path.join('.')}`);
  return found;
}

async function expectWhole(playground: PlaygroundPage): Promise<void> {
  await playground.received(ALL);
  expect(await playground.text('verdict')).toBe('1,000 of 1,000 · in order · none twice');
  expect(await playground.count('received-count')).toBe(ALL);
  expect(await playground.count('in-order')).toBe(ALL);
  expect(await playground.count('twice')).toBe(0);
  expect(await playground.count('missing')).toBe(0);
  expect(await playground.count('reconnects')).toBe(CUTS);
  expect(await playground.offsets()).toEqual(Array.from({ length: ALL }, (_, index) => ALL - index));
  expect(playground.complaints).toEqual([]);
}
