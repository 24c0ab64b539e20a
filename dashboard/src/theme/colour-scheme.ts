import { localStorageColorSchemeManager } from '@mantine/core';

/** Where the choice is kept; public/color-scheme.js reads it before the first paint. */
export const colourSchemeManager = localStorageColorSchemeManager({ key: 'portcullis.color-scheme' });
