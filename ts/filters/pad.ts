import { borders } from '../core/border.ts'
import { borderHull, borderIndex } from '../core/border-index.ts'
import { translation } from '../geometry/index-map.ts'
import { defineFilter } from '../pipeline/define-filter.ts'
import { type Info, valuesPerAxis } from '../pipeline/info.ts'
import { asBits, bitWords, fillPatch } from '../pipeline/moved-bits.ts'
import { movedInfo } from '../pipeline/moved-info.ts'
import { param } from '../pipeline/param.ts'

interface Widths {
  readonly lower: number | readonly number[]
  readonly upper: number | readonly number[]
}

function widthsOf(input: Info, { lower, upper }: Widths) {
  return {
    lows: valuesPerAxis(lower, input, 0, 'pad.lower'),
    highs: valuesPerAxis(upper, input, 0, 'pad.upper'),
  }
}

/** Voxels around the volume, which stays where it is in the world. */
export const pad = defineFilter({
  name: 'pad',
  summary: 'Adds voxels around a volume.',
  params: {
    lower: param.perAxis({ integer: true, min: 0, default: 0, doc: 'Voxels added before the first ones.' }),
    upper: param.perAxis({ integer: true, min: 0, default: 0, doc: 'Voxels added behind the last ones.' }),
    mode: param.choice(borders, { default: 'constant', doc: 'Where the new values come from.' }),
    value: param.value({ infinite: true, default: 0, doc: "The new value when mode is 'constant'." }),
  },
  output: (input, options) => {
    const { lows, highs } = widthsOf(input, options)
    const shape = input.shape.map((n, axis) => n + (lows[axis] as number) + (highs[axis] as number))
    return movedInfo(input, translation(lows.map((low) => 0 - low)), shape)
  },
  regional: (input, options) => {
    const { lows } = widthsOf(input, options)
    const { mode, value } = options
    const words = bitWords(input.dtype, value)
    return {
      needs: ({ start, shape }) => {
        const hulls = input.shape.map((n, axis) =>
          borderHull((start[axis] as number) - (lows[axis] as number), shape[axis] as number, n, mode),
        )
        if (hulls.some((hull) => hull === null)) return [null]
        const known = hulls as { readonly first: number; readonly last: number }[]
        return [
          { start: known.map(({ first }) => first), shape: known.map(({ first, last }) => last - first + 1) },
        ]
      },
      generate: async ({ region, inputs: [patch], output, tools }) => {
        if (!patch) return await fillPatch(tools, output, value)
        const indices = output.view.shape.flatMap((length, axis) =>
          Array.from({ length }, (_, k) => {
            const n = input.shape[axis]
            if (n === undefined) return k
            const from = borderIndex((region.start[axis] as number) + k - (lows[axis] as number), n, mode)
            return from < 0 ? -1 : from - (patch.start[axis] as number)
          }),
        )
        const views = { inputs: [asBits(patch)], outputs: [asBits(output)] }
        await tools.call('pad_region', { indices, ...words }, views)
      },
    }
  },
})
