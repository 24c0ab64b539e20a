import type { Browser, BrowserContext, Page } from 'playwright-core';
import type { TestDeployment } from '../e2e/deployment.js';
import { signIn } from './sign-in.js';

export interface Member {
  readonly email: string;
  readonly password: string;
}

/** Another person of the organization, who has accepted an invitation. */
export async function newMember(
  portcullis: TestDeployment,
  { name, email, role }: { name: string; email: string; role: string },
): Promise<Member> {
  const { data } = await portcullis.api<{ token: string }>('POST', '/invitations', { email, role });
  const password = 'correct horse battery staple';
  await portcullis.api('POST', '/auth/accept-invitation', { token: data.token, name, password });
  return { email, password };
}

/** A browser of their own, signed in: nothing of it is shared with another person's. */
export async function signedIn(
  browser: Browser,
  { apiUrl }: { apiUrl: string },
  member: Member,
  options: Parameters<Browser['newContext']>[0] = {},
): Promise<{ context: BrowserContext; page: Page }> {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 800 },
    reducedMotion: 'reduce',
    ...options,
  });
  const page = await context.newPage();
  await page.goto(`${apiUrl}/sign-in`);
  await signIn(page, member);
  return { context, page };
}
