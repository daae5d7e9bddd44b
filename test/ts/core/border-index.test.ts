import * as assert from 'node:assert/strict'
import { borders } from '../../../ts/core/border.ts'
import { borderHull, borderIndex } from '../../../ts/core/border-index.ts'
import { suite } from '../../support/suite.ts'

const test = suite('core/border-index')

for (const border of borders)
  test(`${border}: the hull of an interval holds what stands for its positions, and no more`, () => {
    for (let n = 1; n < 6; n++)
      for (let start = -17; start < 17; start++)
        for (let length = 1; length < 30; length++) {
          const positions = Array.from({ length }, (_, k) => borderIndex(start + k, n, border))
          const inside = positions.filter((index) => index >= 0)
          const wanted = inside.length ? { first: Math.min(...inside), last: Math.max(...inside) } : null
          assert.deepEqual(borderHull(start, length, n, border), wanted)
        }
  })

test.run()
