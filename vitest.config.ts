import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    projects: [
      { test: { name: 'gate', include: ['gate/**/*.test.ts'], fileParallelism: false } },
      { test: { name: 'specs', include: ['specs/**/*.test.ts'], sequence: { groupOrder: 1 } } },
    ],
  },
})
