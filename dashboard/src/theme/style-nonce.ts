/**
 * The value of this page's content security policy: style elements that scripts add need it. Mantine and the editors
 * take it as an option; what reads webpack's global finds it there.
 */
export function styleNonce(): string {
  const meta = document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]');
  return meta?.nonce ?? '';
}

/** For libraries in the tree that know no option and read this global. */
export function publishStyleNonce(): void {
  Object.assign(globalThis, { __webpack_nonce__: styleNonce() });
}
