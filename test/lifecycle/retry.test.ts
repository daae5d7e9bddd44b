import * as assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import {
  defineFilter,
  median,
  type Pipeline,
  pipe,
  pointwise,
  type Volume,
  VoxlineError,
} from '../../ts/index.ts'
import { noise } from '../support/naive-filters.ts'
import { suite } from '../support/suite.ts'
import { temporaryFiles } from '../support/temporary.ts'

const test = suite('lifecycle/retry')
const shape = [19, 7, 5]

async function failsOnce(pipeline: Pipeline, codes: readonly string[], mend: () => void, wanted: Volume) {
  for (const executor of ['fused', 'reference'] as const)
    await assert.rejects(
      pipeline.compute({ executor }),
      (error) => error instanceof VoxlineError && codes.includes(error.code),
    )
  mend()
  for (const executor of ['fused', 'reference'] as const)
    assert.ok(await (await pipeline.compute({ executor })).equals(wanted))
}

for (const suffix of ['.nii', '.nii.gz', '.mha', '.nrrd']) {
  test(`${suffix}: a pipeline whose file comes late, or is cut at first, runs as soon as it is whole`, async () => {
    const file = temporaryFiles()
    const volume = noise(shape, 'int16')
    const wanted = await pipe(volume, median()).compute()
    await volume.write(file(`whole${suffix}`))
    const bytes = readFileSync(file(`whole${suffix}`))
    const late = pipe(file(`late${suffix}`), median())
    await failsOnce(late, ['Io'], () => writeFileSync(file(`late${suffix}`), bytes), wanted)
    for (const end of [bytes.length - 1, bytes.length >> 1, 10]) {
      writeFileSync(file(`cut${suffix}`), bytes.subarray(0, end))
      const cut = pipe(file(`cut${suffix}`), median())
      await failsOnce(cut, ['Format', 'Io'], () => writeFileSync(file(`cut${suffix}`), bytes), wanted)
    }
  })
}

test('a filter that fails at first leaves its pipeline as it was', async () => {
  let isMoody = true
  const moody = defineFilter({
    name: 'moody',
    summary: 'For tests: throws until it is mended.',
    params: {},
    stages: () => [
      pointwise((x) => {
        if (isMoody) throw new Error('not yet')
        return x
      }),
    ],
    output: (input) => ({ ...input, dtype: 'float32' }),
  })
  const volume = noise(shape, 'float32')
  const mend = () => {
    isMoody = false
  }
  await failsOnce(pipe(volume, moody()), ['Filter'], mend, volume)
})

test.run()
