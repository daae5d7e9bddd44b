import * as assert from 'uvu/assert'
import { vectorInstructions, weakSymbols } from '../../scripts/check-weak-symbols.mjs'
import { suite } from '../support/suite.ts'

const test = suite('symbols of kernel objects')

test('weak and unique symbols are found, defined or not', () => {
  const listing = [
    '0000000000000000 t run(float const*)',
    '0000000000000040 W float std::max<float>(float const&, float const&)',
    '                 U memcpy',
    '                 w __gmon_start__',
    '0000000000000000 V typeinfo for X',
    '0000000000000008 u guard variable',
  ]
  assert.equal(
    weakSymbols(listing.join('\n')).map((symbol: string) => symbol[0]),
    ['W', 'w', 'V', 'u'],
  )
})

test('instructions that the baseline lacks are found', () => {
  const disassembly = [
    '   0:\t48 8d 15 00 00 00 00 \tlea    0x0(%rip),%rdx',
    '   7:\t0f 29 04 24          \tmovaps %xmm0,(%rsp)',
    '   b:\tc5 f8 29 04 24       \tvmovaps %xmm0,(%rsp)',
    '  10:\t62 f1 7c 48 29 04 24 \tvmovaps %zmm0,(%rsp)',
    '  17:\te8 00 00 00 00       \tcall   1c <verify>',
  ]
  assert.is(vectorInstructions(disassembly.join('\n')).length, 2)
})

test.run()
