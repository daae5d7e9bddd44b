// A filter of one's own, in TypeScript: it streams, has checked options, and works in every pipeline.
import { defineFilter, param, pipe, pointwise, statistics } from '../ts/index.ts'
import { phantom } from './phantom.ts'

const logarithm = defineFilter({
  name: 'logarithm',
  summary: 'Logarithm of the values above a floor.',
  params: {
    floor: param.number({ min: 0, exclusive: true, default: 1, doc: 'Values below count as this one.' }),
  },
  output: (input) => ({ ...input, dtype: 'float32' }),
  stages: (_, { floor }) => [pointwise((value) => Math.log(Math.max(value, floor)))],
})

const { min, max } = await pipe(phantom(), logarithm({ floor: 10 }), statistics()).compute({ divisions: 4 })
console.log(`from ${Number(min).toFixed(3)} to ${Number(max).toFixed(3)}`)
