import * as assert from 'node:assert/strict'
import { closeSync, existsSync, openSync, statSync, writeSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { type Counters, counters, gaussian, median, pipe, statistics, Volume } from '../../ts/index.ts'
import { printedBy } from '../support/child.ts'
import { noise } from '../support/naive-filters.ts'
import { niftiHeader } from '../support/nifti-fixtures.ts'
import { randomIntegers } from '../support/random.ts'
import { skipUnless } from '../support/skip.ts'
import { suite } from '../support/suite.ts'
import { temporaryFiles } from '../support/temporary.ts'
import { twice } from './programs/long-run.ts'

const test = suite('lifecycle/memory')
const mebi = 2 ** 20
const budgetRun = new URL('programs/budget-run.ts', import.meta.url)

/** A raw NIfTI of int16 noise. */
function writeNoise(path: string, shape: readonly number[]): void {
  const random = randomIntegers(3)
  const piece = Uint16Array.from({ length: mebi }, () => random(0, 65535))
  const file = openSync(path, 'w')
  writeSync(file, niftiHeader({ shape, datatype: 4, voxelOffset: 352 }))
  const pieces = shape.reduce((product, length) => product * length, 2) / piece.byteLength
  for (let k = 0; k < pieces; k++) writeSync(file, piece)
  closeSync(file)
}

interface Peak {
  readonly idle: number
  readonly peak: number
  readonly milliseconds: number
}

const onLinux = skipUnless(test, existsSync('/proc/self/status'), 'peaks are read from /proc')

onLinux('512 MiB stream through three filters within a budget of 64 MiB', async () => {
  const file = temporaryFiles()
  writeNoise(file('in.nii'), [512, 512, 1024])
  assert.equal(statSync(file('in.nii')).size, 512 * mebi + 352)
  const args = [file('in.nii'), file('out.nii'), '64MiB']
  const { idle, peak, milliseconds } = await printedBy<Peak>(budgetRun, { args, seconds: 240 })
  const over = peak - idle
  console.log(`  peak ${(over / mebi).toFixed(1)} MiB over idle, ${(milliseconds / 1000).toFixed(1)} s`)
  assert.ok(over <= 64 * mebi * 1.05, `${over / mebi} MiB over idle`)
  assert.equal(statSync(file('out.nii')).size, 256 * mebi + 352)
})

async function smallRuns(count: number, file: (name: string) => string): Promise<void> {
  const volume = noise([19, 7, 5], 'int16')
  const [native, script] = [pipe(volume, median(), gaussian()), pipe(volume, twice())]
  for (let k = 0; k < count; k++) {
    const kind = k % 5
    if (kind === 0) (await script.compute()).dispose()
    else if (kind === 1) await pipe(volume, statistics()).compute()
    else if (kind === 2) (await Volume.read(file('a.nii.gz'))).dispose()
    else if (kind === 3) await native.compute({ memory: 1 }).catch(() => {})
    else (await native.compute({ divisions: 3 })).dispose()
  }
  volume.dispose()
}

// A thread that has just ended a run may still be at its last owners.
async function settledCounters(): Promise<Counters> {
  for (let k = 0; k < 5; k++) {
    globalThis.gc?.()
    await setTimeout(20)
  }
  return counters()
}

test('a thousand small runs leave native memory as it was', async () => {
  const file = temporaryFiles()
  const volume = noise([19, 7, 5], 'int16')
  await volume.write(file('a.nii.gz'))
  await smallRuns(20, file)
  const before = await settledCounters()
  await smallRuns(1000, file)
  const after = await settledCounters()
  assert.deepEqual([after.live, after.memories, after.running], [before.live, before.memories, 0])
  volume.dispose()
})

test.run()
