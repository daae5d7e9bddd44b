import { partOf } from './custom-source.ts'
import type { KeptVoxels } from './kept-data.ts'
import type { Regional } from './regional.ts'

/** A step that hands on what its input makes, and keeps it. */
export function keepingVoxels(kept: KeptVoxels): Regional {
  return {
    held: kept.bytes,
    stays: kept.bytes,
    readsItself: true,
    needs: (region) => [kept.missing(region)],
    generate: async ({ region, output, tools }) => {
      const { memory } = kept
      const compute = async (part: typeof region) => {
        const input = await tools.read(0, part)
        try {
          await tools.copy(input, partOf(memory, part))
        } finally {
          input.release()
        }
      }
      await kept.complete(region, compute, tools.signal)
      await tools.copy(partOf(memory, region), output)
    },
  }
}
