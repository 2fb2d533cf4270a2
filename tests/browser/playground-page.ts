// The playground as a test sees it: its counts, its buttons, and everything the browser complains about.

import type { Browser, Page } from 'playwright-core';
import { expect } from 'vitest';

export type Count = 'received-count' | 'in-order' | 'twice' | 'missing' | 'reconnects';

export interface PlaygroundPage {
  readonly page: Page;
  /** Console errors and warnings, uncaught errors and CSP violations so far. */
  readonly complaints: readonly string[];
  count(name: Count): Promise<number>;
  /** Waits until that many have been received. */
  received(atLeast: number): Promise<void>;
  online(): Promise<void>;
  /** Waits until it has come back that many times. */
  returned(times: number): Promise<void>;
  press(button: string): Promise<void>;
  text(name: string): Promise<string>;
  /** The offsets of the rows in the list, newest first. */
  offsets(): Promise<readonly number[]>;
  close(): Promise<void>;
}

/** Opens the page in a context of its own and waits until it is online. */
export async function openPlayground(browser: Browser, port: number): Promise<PlaygroundPage> {
  const context = await browser.newContext({ viewport: { width: 1_280, height: 900 } });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => {
      setTimeout(() => {
        throw new Error(`CSP: ${event.violatedDirective} ${event.blockedURI}`);
      });
    });
  });
  const answer = await page.goto(`http://127.0.0.1:${port}/`);
  expect(answer?.headers()['content-security-policy']).toContain("default-src 'none'");
  const opened: PlaygroundPage = {
    page,
    complaints,
    count: async (name) => Number(await page.getByTestId(name).getAttribute('data-value')),
    received: async (atLeast) => {
      await page.waitForFunction((least) => {
        const shown = document.querySelector('[data-testid=received-count]')?.getAttribute('data-value');
        return Number(shown) >= least;
      }, atLeast);
    },
    online: () => page.locator('[data-testid=state][data-state=online]').waitFor(),
    returned: (times) => page.locator(`[data-testid=reconnects][data-value="${times}"]`).waitFor(),
    press: (button) => page.getByTestId(button).click(),
    text: async (name) => (await page.getByTestId(name).textContent())?.trim() ?? '',
    offsets: () =>
      page
        .locator('[data-testid=list] [data-offset]')
        .evaluateAll((rows) => rows.map((row) => Number(row.dataset.offset))),
    close: () => context.close(),
  };
  await opened.online();
  return opened;
}
