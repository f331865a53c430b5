// Who may import whom (docs/architecture.md). The edges never import each other: they meet in the database, and app.ts alone builds.
const edges = ['intake', 'pipeline', 'http', 'sender'];
const only = (pkg, file) => ({
  name: `${pkg}-only-in-${file}`,
  severity: 'error',
  from: { path: '^src/', pathNot: `^src/${file}` },
  to: { path: `^node_modules/${pkg}/`, dependencyTypesNot: ['type-only'] },
});

export default {
  forbidden: [
    {
      name: 'core-is-pure',
      severity: 'error',
      from: { path: '^src/core/' },
      to: { pathNot: '^src/core/|^node_modules/tldts|^(node:)?(crypto|buffer|util|url)$' },
    },
    {
      name: 'store-knows-core-log-metrics',
      severity: 'error',
      from: { path: '^src/store/' },
      to: { path: '^src/', pathNot: '^src/(store|core)/|^src/(log|metrics)\\.ts$' },
    },
    ...edges.map((edge) => ({
      name: `${edge}-imports-no-other-edge`,
      severity: 'error',
      from: { path: `^src/${edge}/` },
      to: {
        path: '^src/',
        pathNot: `^src/(${edge}|core|store)/|^src/(log|metrics)\\.ts$|^src/config/(options|relays|sending-(domains|terms))\\.ts$`,
      },
    })),
    {
      name: 'config-knows-core',
      severity: 'error',
      from: { path: '^src/config/' },
      to: { path: '^src/', pathNot: '^src/(config|core)/' },
    },
    {
      name: 'nobody-imports-app-but-commands',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(commands/|main\\.ts|app\\.ts|app/)' },
      to: { path: '^src/(app\\.ts|app/|commands/|main\\.ts)' },
    },
    only('pg', 'store/'),
    only('smtp-server', 'intake/'),
    only('mailparser', 'pipeline/'),
    only('nodemailer', 'sender/'),
    only('fastify', 'http/'),
    only('prom-client', 'metrics\\.ts'),
    only('pino', 'log\\.ts'),
    only('smol-toml', 'config/'),
    only('re2js', 'config/regex\\.ts'),
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      extensions: ['.ts', '.js', '.json'],
    },
  },
};
