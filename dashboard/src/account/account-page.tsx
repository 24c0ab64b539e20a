import { Page } from '../pieces/page.js';

export function AccountPage() {
  return <Page title="Your account">{null}</Page>;
}
