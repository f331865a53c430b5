/** `npm test`. Chaos runs and benchmarks have commands of their own. */
import { configDefaults, defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: [...configDefaults.exclude, 'test/chaos/**', 'test/bench/**'],
    globalSetup: ['test/e2e/support/build.ts', 'test/global-setup.ts'],
    pool: 'forks',
    testTimeout: 20_000,
    hookTimeout: 30_000,
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts'],
      exclude: ['src/**/*.d.ts'],
      // The daemon runs as a child process in its tests: what it runs there is counted too.
      autoAttachSubprocess: true,
      reportOnFailure: true,
      thresholds: { lines: 90, 'src/core/**': { branches: 100 } },
      reporter: ['text-summary', 'json-summary', 'html'],
    },
  },
});
