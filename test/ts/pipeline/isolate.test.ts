import * as assert from 'node:assert/strict'
import { linear, pipe, Volume } from '../../../ts/index.ts'
import { refusal } from '../../support/refusal.ts'
import { suite } from '../../support/suite.ts'
import { temporaryFiles } from '../../support/temporary.ts'

const test = suite('pipeline/isolate')

const shapes = [
  [19, 7, 5],
  [400, 200, 90],
]

test('a run that is isolated sees nothing of what is written after its start', async () => {
  for (const shape of shapes) {
    using volume = Volume.create({ shape, dtype: 'uint8' })
    await volume.fill(3)
    const last = shape.map((length) => length - 1)
    const computing = pipe(volume, linear({ shift: 1 })).compute({ isolate: true })
    volume.data.fill(50)
    using result = await computing
    assert.deepEqual([result.get(0, 0, 0), result.get(...last)], [4, 4])
  }
})

test('files and tiles of isolated runs are those of the voxels at the start', async () => {
  const path = temporaryFiles()('isolated.nii')
  using volume = Volume.create({ shape: [40, 30, 20], dtype: 'uint8' })
  await volume.fill(3)
  const writing = pipe(volume).write(path, { isolate: true })
  volume.data.fill(50)
  await writing
  using written = await Volume.read(path)
  assert.equal(written.get(39, 29, 19), 3)
  for await (const tile of pipe(volume).tiles({ isolate: true, divisions: 4 })) {
    volume.data.fill(60)
    assert.equal(tile.volume.get(0, 0, 0), 50)
    tile.volume.dispose()
  }
})

test('the source may be the target', async () => {
  using volume = Volume.create({ shape: [40, 30, 20], dtype: 'uint8' })
  await volume.fill(3)
  const result = await pipe(volume, linear({ shift: 1, dtype: 'uint8' })).compute({
    into: volume,
    isolate: true,
  })
  assert.deepEqual([result, volume.get(1, 1, 1)], [volume, 4])
})

test('a source that is being written to is refused, and so is a wrong option', async () => {
  using volume = Volume.create({ shape: [400, 200, 90], dtype: 'uint8' })
  const filling = volume.fill(1)
  await assert.rejects(pipe(volume).compute({ isolate: true }), refusal('Unsupported'))
  await filling
  const wrong = { isolate: 1 as unknown as boolean }
  await assert.rejects(pipe(volume).compute(wrong), refusal('InvalidArgument', 'compute.isolate'))
})

test.run()
