import * as assert from 'node:assert/strict'
import { openSync, writeSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { probeFile, probeFileSync } from '../../ts/formats/probe.ts'
import { niftiFile, niftiHeader } from '../support/nifti-fixtures.ts'
import { suite } from '../support/suite.ts'
import { temporaryFiles } from '../support/temporary.ts'

const test = suite('probing in time')

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN
}

test('a header costs less than a millisecond, whatever the size of the file', async () => {
  const header = niftiHeader({ shape: [512, 512, 1024] })
  const at = temporaryFiles({
    'big.nii': header,
    'small.nii.gz': gzipSync(niftiFile({ shape: [190, 70, 50] })),
  })
  const file = openSync(at('big.nii'), 'r+')
  writeSync(file, Uint8Array.of(1), 0, 1, 352 + 2 * 512 * 512 * 1024 - 1)
  for (const name of ['big.nii', 'small.nii.gz']) {
    const times = { now: [] as number[], later: [] as number[] }
    for (let i = 0; i < 60; ++i) {
      const start = performance.now()
      probeFileSync(at(name))
      times.now.push(performance.now() - start)
      const again = performance.now()
      await probeFile(at(name))
      times.later.push(performance.now() - again)
    }
    const [now, later] = [median(times.now.slice(20)), median(times.later.slice(20))]
    assert.ok(now < 1, `${name}: ${now} ms`)
    assert.ok(later < 2, `${name}: ${later} ms`)
  }
})

test.run()
