import * as assert from 'node:assert/strict'
import {
  curvatureAnisotropicDiffusion,
  gradientAnisotropicDiffusion,
  gradientMagnitudeRecursiveGaussian,
  pipe,
  recursiveGaussian,
  type Volume,
} from '../../ts/index.ts'
import { printedBy, runProgram } from '../support/child.ts'
import { noise } from '../support/naive-filters.ts'
import { suite } from '../support/suite.ts'
import { levels } from './run-ways.ts'

const test = suite('conformance/levels')
const program = new URL('programs/hash-filters.ts', import.meta.url)

interface Hashes {
  readonly level: string
  readonly hashes: Readonly<Record<string, string>>
}

test('the environment chooses the instruction set, and every one gives the same bytes', async () => {
  const found: Hashes[] = []
  for (const level of levels) found.push(await printedBy<Hashes>(program, { env: { VOXLINE_SIMD: level } }))
  assert.deepEqual(
    found.map(({ level }) => level),
    levels,
  )
  for (const { level, hashes } of found) assert.deepEqual(hashes, found[0]?.hashes, level)
})

const allBits = (dtype: 'float32' | 'float64', { data }: Volume) =>
  dtype === 'float32'
    ? Array.from(new Uint32Array(data.buffer, data.byteOffset, data.length), BigInt)
    : [...new BigUint64Array(data.buffer, data.byteOffset, data.length)]

for (const [dtype, quiet] of [
  ['float32', 0x7fc00000n],
  ['float64', 0x7ff8000000000000n],
] as const)
  test(`NaN of ${dtype} filters that make regions is the positive quiet one at every level`, async () => {
    const volume = noise([37, 9, 11], dtype)
    // Not a number by itself, of both signs, and by differences of infinities.
    const odd = [Number.NaN, -Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
    for (let k = 0; k < 60; k++) volume.data[(k * 61) % volume.data.length] = odd[k % odd.length] as number
    for (const step of [
      curvatureAnisotropicDiffusion({ iterations: 2, meanGradient: 40, timeStep: 0.02 }),
      gradientAnisotropicDiffusion({ iterations: 2, meanGradient: 40, timeStep: 0.02 }),
      recursiveGaussian({ sigma: 1.5 }),
      gradientMagnitudeRecursiveGaussian({ sigma: 1.5 }),
    ]) {
      const made = await Promise.all(levels.map((simd) => pipe(volume, step).compute({ simd })))
      const [first, ...others] = made.map((one) => allBits(dtype, one as Volume)) as [bigint[], ...bigint[][]]
      for (const other of others) assert.deepEqual(other, first)
      const nans = first.filter((_, i) => Number.isNaN((made[0] as Volume).data[i] as number))
      assert.ok(nans.length > 60)
      assert.ok(nans.every((bits) => bits === quiet))
    }
  })

test('a level this machine has not is refused by name', async () => {
  const { code, err } = await runProgram(program, { env: { VOXLINE_SIMD: 'v9' } })
  assert.notEqual(code, 0)
  assert.match(err, /VOXLINE_SIMD|v9/)
})

test.run()
