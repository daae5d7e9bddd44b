import { realOf } from '../../ts/core/dtype.ts'
import {
  defineFilter,
  type FilterFacts,
  lines,
  median,
  param,
  pointwise,
  rescaleIntensity,
  tiles,
} from '../../ts/index.ts'
import { borderParams } from '../../ts/pipeline/common-params.ts'
import type { Info } from '../../ts/pipeline/info.ts'

const real = (input: Info): Info => ({ ...input, dtype: realOf(input.dtype) })

const scripted = defineFilter({
  name: 'scripted',
  summary: 'For tests: a function of every voxel.',
  params: { shift: param.number({ default: 0.25, doc: 'What is added.' }) },
  output: real,
  stages: (_, { shift }) => [pointwise((x) => x * 1.5 + shift)],
})

const differences = defineFilter({
  name: 'differences',
  summary: 'For tests: differences along axis 0.',
  params: { halo: param.int({ min: 0, max: 9, default: 2, doc: 'How far.' }), ...borderParams },
  output: real,
  stages: (_, { halo, border, borderValue }) => [
    lines(
      ({ input, output, length, start }) => {
        for (let i = 0; i < length; i++)
          output[i] = (input[i + 2 * halo] as number) - (input[i] as number) + ((start + i) % 7)
      },
      { axis: 0, halo, border, borderValue },
    ),
  ],
})

const corners = defineFilter({
  name: 'corners',
  summary: 'For tests: a voxel and the one before it along all axes, in boxes.',
  params: { ...borderParams },
  output: real,
  stages: ({ shape }, { border, borderValue }) => [
    tiles(
      ({ shape: box, input, inputOffset, inputStrides, output, outputOffset, outputStrides }) => {
        const before = shape.reduce((sum, _, axis) => sum + (inputStrides[axis] as number), 0)
        const visit = (axis: number, from: number, to: number): void => {
          if (axis < 0) {
            output[to] = (input[from] as number) - 0.5 * (input[from - before] as number)
            return
          }
          for (let i = 0; i < (box[axis] as number); i++)
            visit(
              axis - 1,
              from + i * (inputStrides[axis] as number),
              to + i * (outputStrides[axis] as number),
            )
        }
        visit(box.length - 1, inputOffset, outputOffset)
      },
      { halo: shape.map(() => 1), border, borderValue },
    ),
  ],
})

const composed = defineFilter({
  name: 'composed',
  summary: 'For tests: native and TypeScript stages and a reduction in one filter.',
  params: {},
  stages: () => [
    median({ radius: 1 }),
    scripted({ shift: -3 }),
    rescaleIntensity({ dtype: 'int16' }),
    corners(),
  ],
})

/** Filters with TypeScript stages. */
export const scriptFilters: readonly FilterFacts[] = [scripted, differences, corners, composed]
