import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'scripts/**/*.test.ts', 'test/**/*.test.ts', 'emulator/**/*.test.ts'],
    // A process a file: data folders, file locks and signals are those of a process.
    pool: 'forks',
    // Scenarios start processes of their own; more files at once would measure each other's load.
    maxWorkers: 2,
    testTimeout: 20_000,
    hookTimeout: 30_000,
    teardownTimeout: 10_000,
  },
});
