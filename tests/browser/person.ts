import type { Locator, Page } from 'playwright-core';

/**
 * Someone at the dashboard, whose every click and key counts. Text that is typed counts as one key a character, as it
 * does for the person; text that is pasted counts as one.
 */
export class Person {
  clicks = 0;
  keys = 0;

  constructor(readonly page: Page) {}

  async click(target: Locator): Promise<void> {
    this.clicks += 1;
    await target.click();
  }

  /** A key or a combination, as Playwright names them: `Enter`, `Control+k`. */
  async press(key: string): Promise<void> {
    this.keys += 1;
    await this.page.keyboard.press(key);
  }

  /** `into`: what must have taken the focus by itself before, as a dialog's first field does once it is open. */
  async type(text: string, into?: Locator): Promise<void> {
    this.keys += text.length;
    await into?.and(this.page.locator(':focus')).waitFor();
    await this.page.keyboard.type(text);
  }

  async paste(target: Locator, text: string): Promise<void> {
    this.keys += 1;
    await target.fill(text);
  }

  /** What was done since the last count. */
  count(): { clicks: number; keys: number } {
    const { clicks, keys } = this;
    this.clicks = 0;
    this.keys = 0;
    return { clicks, keys };
  }
}
