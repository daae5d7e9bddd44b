import { partOf } from './custom-source.ts'
import type { KeptVoxels } from './kept-data.ts'
import type { Regional } from './regional.ts'

/** A step that hands on what its input makes, and keeps it. */
export function keepingVoxels(kept: KeptVoxels): Regional {
  return {
    held: kept.bytes,
    needs: (region) => [kept.missing(region)],
    generate: async ({ region, inputs: [input], output, tools }) => {
      const { memory } = kept
      if (input) {
        const rank = region.start.length
        const missing = { start: input.start.slice(0, rank), shape: input.view.shape.slice(0, rank) }
        await tools.copy(input, partOf(memory, missing))
        kept.cover(missing)
      }
      await tools.copy(partOf(memory, region), output)
    },
  }
}
