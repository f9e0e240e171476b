// Preloaded by `npm start` and the `starling` command, before any library reads its environment.
process.env.NODE_ENV ??= 'production';
process.env.APOLLO_TELEMETRY_DISABLED ??= '1';
