import { defineFilter, param, pointwise } from '../../ts/index.ts'

/** Copies voxels and throws a RangeError at a given value. */
export const failing = defineFilter({
  name: 'failing',
  summary: 'For tests: throws at a given voxel value.',
  params: { at: param.number({ doc: 'The value.' }) },
  output: (input) => ({ ...input, dtype: 'float32' }),
  stages: (_, { at }) => [
    pointwise((x) => {
      if (x === at) throw new RangeError(`met ${at}`)
      return x
    }),
  ],
})
