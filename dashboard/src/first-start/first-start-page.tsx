import { Page } from '../pieces/page.js';

export function FirstStartPage() {
  return <Page title="First steps">{null}</Page>;
}
