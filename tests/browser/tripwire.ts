import type { BrowserContext, Page } from 'playwright-core';

/** Text as an agent, a server or a colleague might choose it to make a page act, lie or break. */
export const HOSTILE = '<img src=x onerror="tripped(1)"><script>tripped(2)</script>\u202egnp.exe\u0007\u200b';
/** A spreadsheet would run it. */
export const FORMULA = '=HYPERLINK("http://127.0.0.1:9/","open")';
export const LONG = 'unbroken'.repeat(24);

const SETUP = `(() => {
  const trips = (window.trips = []);
  window.tripped = (by) => trips.push('script ' + by);
  document.addEventListener('securitypolicyviolation', (event) =>
    trips.push('forbidden by the policy of the page: ' + event.violatedDirective + ' ' + event.blockedURI));
})()`;

/** Everything in the page that acts or shows itself raw: text, what is read out, titles. Fields to write in hold what they hold. */
const LOOK = `(() => {
  const raw = /[\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f\\u007f-\\u009f\\u200b\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069\\ufeff]/;
  const found = [...window.trips];
  const say = (what, text) => found.push(what + ': ' + JSON.stringify(text.slice(0, 120)));
  if (raw.test(document.title)) say('the title of the document', document.title);
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    if (node.nodeType === Node.TEXT_NODE) {
      const parent = node.parentElement;
      if (parent !== null && !/^(TEXTAREA|SCRIPT|STYLE)$/.test(parent.tagName) && raw.test(node.data)) say('text in ' + parent.outerHTML.slice(0, 60), node.data);
      continue;
    }
    for (const name of ['title', 'aria-label', 'alt', 'aria-description', 'aria-roledescription', 'data-label']) {
      const value = node.getAttribute(name);
      if (value !== null && raw.test(value)) say(name + ' of ' + node.tagName, value);
    }
    // CodeMirror has empty images of its own beside its marks.
    if (node.tagName === 'IMG' && !node.matches('.cm-widgetBuffer:not([src])')) say('an image', node.outerHTML);
    if (node.hasAttribute('onerror')) say('a handler', node.outerHTML);
  }
  const overflow = document.documentElement.scrollWidth - window.innerWidth;
  if (overflow > 0) found.push('the page scrolls sideways by ' + overflow + 'px at ' + window.innerWidth);
  return found;
})()`;

/** Before any page is opened: whatever runs that was text, or asks the person something, is remembered. */
export async function layTripwire(context: BrowserContext): Promise<void> {
  await context.addInitScript(SETUP);
}

/** What hostile text did to the page as it stands; nothing of it is acceptable. */
export async function trippedBy(page: Page): Promise<string[]> {
  return (await page.evaluate(LOOK)) as string[];
}
