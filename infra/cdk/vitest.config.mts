import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: 'test/temporary-folder.ts',
    // Loading aws-cdk-lib takes most of the time, so one worker loads it once for all files.
    isolate: false,
    fileParallelism: false,
    // The first synthesis of a run also loads what the CDK loads lazily.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
