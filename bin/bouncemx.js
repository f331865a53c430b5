#!/usr/bin/env node
// No static import and no new syntax here: an older Node must reach the message below instead of a syntax error.
if (Number(process.versions.node.split('.')[0]) < 24) {
  process.stderr.write(
    'bouncemx needs Node.js 24 or newer, but this is ' +
      process.version +
      ' (' +
      process.execPath +
      ').\n' +
      'In a checkout, run it through npm (npm start, npx bouncemx …): npm ci installs a Node 24 for it.\n',
  );
  process.exitCode = 78;
} else {
  const { existsSync } = await import('node:fs');
  const { enableCompileCache } = await import('node:module');
  enableCompileCache();
  // A checkout runs its sources (Node strips the types); an installed package ships dist alone.
  const source = new URL('../src/main.ts', import.meta.url);
  await import(existsSync(source) ? source.href : new URL('../dist/main.js', import.meta.url).href);
}
