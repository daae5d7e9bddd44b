import * as assert from 'node:assert/strict'
import { connectedComponents, defineSource, pipe, resample, Volume, warp } from '../../../ts/index.ts'
import { suite } from '../../support/suite.ts'

const test = suite('pipeline/grids-only')
const affine = [
  [2, 0, 0, 1],
  [0, 1, 0, -2],
  [0, 0, 1, 0],
  [0, 0, 0, 1],
]
const shape = [3, 9, 4]

function numbered(components: number): Volume {
  const volume = Volume.create({ shape: [7, 6, 5], dtype: 'float32', components })
  volume.data.forEach((_, i) => {
    volume.data[i] = (i * 7) % 11
  })
  volume.touch()
  return volume
}

test('a volume that only gives its grid is never read, nor what comes before it', async () => {
  let readings = 0
  const source = defineSource({
    name: 'never',
    describe: () => ({ shape, dtype: 'uint8', affine }),
    read: () => {
      readings++
      return new Uint8Array(3 * 9 * 4)
    },
  })
  const reference = pipe(source, connectedComponents())
  const [input, field] = [numbered(1), numbered(3)]
  for (const step of [resample, (options: object) => warp(field, options)] as const) {
    const pipeline = pipe(input, step({ reference }))
    const own = pipe(input, step({ reference: { shape, affine } }))
    for (const memory of [undefined, '64MiB']) {
      const [made, same] = [
        (await pipeline.compute({ memory })) as Volume,
        (await own.compute({ memory })) as Volume,
      ]
      assert.deepEqual(made.shape, shape)
      assert.deepEqual(made.data, same.data)
    }
    const { nodes } = await pipeline.explain()
    assert.ok(!nodes.some(({ step: name }) => name === 'connectedComponents'))
  }
  assert.equal(readings, 0)
})

test('what was kept stays when only voxels of such a volume change', async () => {
  let readings = 0
  const source = defineSource({
    name: 'counted',
    describe: () => ({ shape: [4, 5, 3], dtype: 'uint8' }),
    read: ({ region: { shape: lengths } }) => {
      readings++
      return new Uint8Array(lengths.reduce((product, length) => product * length, 1)).fill(3)
    },
  })
  const reference = Volume.create({ shape: [3, 4, 2], dtype: 'int16' })
  const kept = pipe(source, resample({ reference })).keep()
  await kept.compute()
  const once = readings
  assert.ok(once > 0)
  reference.data.fill(5)
  reference.touch()
  await kept.compute()
  assert.equal(readings, once)
})

test.run()
