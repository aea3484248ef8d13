import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** A script for a browser, from JSX that imports from the repository or its packages. */
export async function bundlePage(jsx: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: jsx, loader: 'jsx', resolveDir: root },
    bundle: true,
    write: false,
    format: 'iife',
    jsx: 'automatic',
    absWorkingDir: root,
    define: { 'process.env.NODE_ENV': '"production"' },
  });
  return outputFiles[0]?.text ?? '';
}
