import * as assert from 'node:assert/strict'
import { concurrency, counters } from '../../../ts/index.ts'
import { awaitNative } from '../../../ts/native/errors.ts'
import { allocatePatch, imaginedPatch } from '../../../ts/pipeline/patch.ts'
import { regionRequest, regionScratch } from '../../../ts/pipeline/region-request.ts'
import { suite } from '../../support/suite.ts'

const test = suite('pipeline/region-request')
const params = { slopes: [1, 1, 1], invK: -0.01, timeStep: 0.05, isCurved: 0 }

// Rows of a megabyte and more are rounded to whole pages.
test('what is planned for the workers of a kernel is what they take', async () => {
  for (const shape of [
    [320, 64, 24],
    [10_800, 4, 24],
  ])
    await checkTaken(shape)
})

async function checkTaken(shape: readonly number[]): Promise<void> {
  const of = { shape, components: 1, dtype: 'float32' } as const
  const whole = { start: [0, 0, 0], shape }
  const workers = concurrency()
  const imagined = imaginedPatch(of, whole)
  const planned = regionScratch('diffusion_step', params, { inputs: [imagined], outputs: [imagined] })
  imagined.release()
  assert.ok(planned > 0)
  const [from, to] = [allocatePatch(of, whole), allocatePatch(of, whole)]
  const before = counters()
  assert.equal(before.peak, before.live, 'nothing took more so far')
  for (const threads of [1, 0]) {
    const views = { inputs: [from], outputs: [to] }
    const request = regionRequest('diffusion_step', params, views, { level: -1, threads })
    await awaitNative((addon) => addon.runRegion(request).promise)
    const taken = counters().peak - before.live
    const most = planned * (threads === 1 ? 1 : workers)
    assert.ok(taken >= planned && taken <= most, `${taken} bytes of ${most}`)
  }
  from.release()
  to.release()
}

test.run()
