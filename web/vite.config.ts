import { defineConfig } from 'vite';

export default defineConfig({
  base: '/graphiql/',
  build: { target: 'es2023', chunkSizeWarningLimit: 5000 },
});
