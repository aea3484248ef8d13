import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const web = path.dirname(fileURLToPath(import.meta.url));

/** `npm run build` makes dist/web. Addresses are relative: the server says below which path it is, in the base element. */
export default defineConfig({
  root: web,
  base: './',
  // The selectors are those of the commands; what they need of node:net is small.
  resolve: { alias: { 'node:net': path.join(web, 'src/selectors/net.ts') } },
  oxc: { jsx: { runtime: 'automatic' } },
  build: {
    outDir: path.join(web, '../dist/web'),
    emptyOutDir: true,
    target: 'es2022',
    // light-dark() stays as it is.
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    // A data: address is no own origin.
    assetsInlineLimit: 0,
    sourcemap: false,
    reportCompressedSize: false,
    chunkSizeWarningLimit: 600,
    rolldownOptions: {
      // Libraries mark what runs in a browser; here everything does.
      onwarn: (warning, report) => warning.code === 'MODULE_LEVEL_DIRECTIVE' || report(warning),
    },
  },
});
