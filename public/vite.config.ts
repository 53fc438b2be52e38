// The page is built into dist/ and served by nginx as it lies there: nothing inline (the content security policy allows none), names hashed,
// a gzipped twin beside each text file (nginx's gzip_static).
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { defineConfig, type Plugin } from 'vite';

/** Of what lies on the disk in the end: other plugins finish their chunks as late as they can. */
function gzipTwins(): Plugin {
  return {
    name: 'gzip-twins',
    apply: 'build',
    async writeBundle({ dir = 'dist' }, bundle) {
      for (const fileName of Object.keys(bundle)) {
        if (!/\.(js|css|svg)$/.test(fileName)) continue;
        const file = path.join(dir, fileName);
        await writeFile(`${file}.gz`, gzipSync(await readFile(file), { level: 9 }));
      }
    },
  };
}

const backend = process.env.SIGNALBOX_URL ?? 'http://127.0.0.1:8080';

export default defineConfig({
  publicDir: 'static',
  plugins: [gzipTwins()],
  build: {
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rollupOptions: {
      onwarn(warning, warn) {
        // "use client" is for servers that render; there is none here.
        if (warning.code !== 'MODULE_LEVEL_DIRECTIVE') warn(warning);
      },
    },
  },
  esbuild: { jsx: 'automatic' },
  server: { host: '127.0.0.1', proxy: { '/admin': backend, '/health': backend } },
  preview: { host: '127.0.0.1', proxy: { '/admin': backend, '/health': backend } },
});
