import * as assert from 'node:assert/strict'
import { clamp, defineSource, pipe } from '../../../ts/index.ts'
import { suite } from '../../support/suite.ts'

const test = suite('pipeline/custom-source-values')

test('voxels of several components come interleaved', async () => {
  const source = defineSource({
    name: 'colours',
    describe: () => ({ shape: [4, 3, 5], dtype: 'uint8', components: 3 }),
    read: ({ region: { start, shape: lengths } }) => {
      const values: number[] = []
      for (let z = 0; z < lengths[2]; z++)
        for (let y = 0; y < lengths[1]; y++)
          for (let x = 0; x < lengths[0]; x++) values.push(x + start[0], 10 + y + start[1], 20 + z + start[2])
      return Uint8Array.from(values)
    },
  })
  const volume = await pipe(source, clamp({ low: 1 })).compute({ divisions: 3 })
  assert.equal(volume.components, 3)
  const { data } = volume
  for (let z = 0; z < 5; z++)
    for (let y = 0; y < 3; y++)
      for (let x = 0; x < 4; x++) {
        const at = 3 * (x + 4 * (y + 3 * z))
        assert.deepEqual([...data.slice(at, at + 3)], [Math.max(1, x), 10 + y, 20 + z])
      }
})

test('every element type comes through, from arrays and from promises', async () => {
  const arrays = [
    Int8Array,
    Uint16Array,
    Int32Array,
    Float32Array,
    Float64Array,
    BigInt64Array,
    BigUint64Array,
  ]
  const dtypes = ['int8', 'uint16', 'int32', 'float32', 'float64', 'int64', 'uint64'] as const
  for (const [k, dtype] of dtypes.entries()) {
    const made = new arrays[k](24).map(
      (_: unknown, at: number) => (dtype.endsWith('64') && dtype !== 'float64' ? BigInt(at) : at) as never,
    )
    for (const read of [() => made, async () => made]) {
      const source = defineSource({
        name: 'typed',
        describe: async () => ({ shape: [4, 3, 2], dtype }),
        read,
        canReadRegion: false,
      })
      assert.deepEqual((await pipe(source).compute()).data, made, dtype)
    }
  }
})

test.run()
