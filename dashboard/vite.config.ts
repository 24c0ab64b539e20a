import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { firstLoadBudget } from './build/first-load.js';
import { mantineStyles } from './build/mantine-styles.js';
import { precompress } from './build/precompress.js';

/** Where `npx vite` finds an API; the built dashboard is served by the API itself. */
const API = process.env['PORTCULLIS_API_URL'] ?? 'http://127.0.0.1:4000';

export default defineConfig({
  plugins: [
    react(),
    firstLoadBudget(/\/(shell|live-page)\.tsx$/, /\/inter-ascii-[^/]+\.woff2$/),
    mantineStyles(),
    precompress(),
  ],
  resolve: { conditions: ['@portcullis/source', 'module', 'browser', 'development|production'] },
  // The API puts a fresh value in the place of this word with each answer.
  html: { cspNonce: '__CSP_NONCE__' },
  build: {
    target: 'es2022',
    modulePreload: { polyfill: false },
    // Data URLs are no source the content security policy allows for anything but images.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 900,
    rollupOptions: {
      // Notes for another bundler, in libraries: nothing anybody here can act on.
      onwarn(warning, warn) {
        if (warning.code !== 'INVALID_ANNOTATION') warn(warning);
      },
    },
  },
  server: {
    proxy: { '/api/': { target: API, changeOrigin: false }, '/socket.io': { target: API, ws: true } },
  },
});
