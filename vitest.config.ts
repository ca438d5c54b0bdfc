import { defineConfig } from "vitest/config"

export default defineConfig({
  test: {
    // What clients and servers log is of interest where something failed.
    silent: "passed-only",
    projects: [
      {
        test: {
          name: "unit",
          include: ["{protocol,core,server,bridges,web}/src/**/*.test.ts"],
          exclude: ["**/node_modules/**"],
          globalSetup: ["test/support/postgres.ts"],
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: "scenarios",
          include: ["test/scenarios/**/*.test.ts"],
          globalSetup: ["test/support/postgres.ts"],
          testTimeout: 120_000,
          hookTimeout: 60_000,
          // Each scenario runs servers of its own: side by side they would only wait for one another.
          fileParallelism: false,
        },
      },
    ],
  },
})
