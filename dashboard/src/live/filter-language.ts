/** Fetched when somebody filters: what finds the mistakes in a text of Lens. */
export { diagnose } from '@portcullis/lens';
