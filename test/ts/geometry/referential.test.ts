import * as assert from 'node:assert/strict'
import { composeMaps, identityMap, inverseMap, mapIndex, matrixOf } from '../../../ts/geometry/index-map.ts'
import { parseOrientation, turn } from '../../../ts/geometry/orientation.ts'
import { Referential } from '../../../ts/geometry/referential.ts'
import { refusal } from '../../support/refusal.ts'
import { suite } from '../../support/suite.ts'

const test = suite('geometry/referential')

const last = [0, 0, 0, 1]

test('the matrix from LPI to ASR for 3×4×5', () => {
  assert.deepEqual(Referential.matrix('LPI', 'ASR', [3, 4, 5]), [
    [0, -1, 0, 3],
    [0, 0, -1, 4],
    [-1, 0, 0, 2],
    last,
  ])
})

test('the matrix from RAS to LIP for 3×4×5', () => {
  assert.deepEqual(Referential.matrix('RAS', 'LIP', [3, 4, 5]), [
    [-1, 0, 0, 2],
    [0, 0, -1, 4],
    [0, -1, 0, 3],
    last,
  ])
})

test('the matrix from ASR to PIR for 4×5×3', () => {
  assert.deepEqual(Referential.matrix('ASR', 'PIR', [4, 5, 3]), [
    [-1, 0, 0, 3],
    [0, -1, 0, 4],
    [0, 0, 1, 0],
    last,
  ])
})

test('a fourth axis takes part in the matrix', () => {
  assert.deepEqual(Referential.matrix('LPIT', 'tASR', [3, 4, 5, 2]), [
    [0, 0, 0, -1, 1],
    [0, -1, 0, 0, 3],
    [0, 0, -1, 0, 4],
    [-1, 0, 0, 0, 2],
    [0, 0, 0, 0, 1],
  ])
})

test('handedness counts directions and their permutation', () => {
  for (const code of ['RAS', 'LPS', 'ASR', 'PIR', 'SAL', 'IPL'])
    assert.equal(Referential.isDirect(code), true, code)
  for (const code of ['LPI', 'LAS', 'ARS', 'RSA', 'LIA'])
    assert.equal(Referential.isDirect(code), false, code)
})

test('three letters are completed for more axes', () => {
  assert.equal(Referential.parse('LPI', 3), 'LPI')
  assert.equal(Referential.parse('ASR', 5), 'ASRTU')
  assert.equal(Referential.parse('tASR', 4), 'tASR')
  assert.equal(Referential.parse('RI', 2), 'RI')
})

test('anything that is not a code is refused', () => {
  const bad: [unknown, number][] = [
    ['lpi', 3],
    ['LLP', 3],
    ['LRP', 3],
    ['LI', 3],
    ['LPIZ', 4],
    ['LPIT', 3],
    ['LPIU', 4],
    ['LPTU', 4],
    ['LPIT', 5],
    ['', 3],
    ['LT', 2],
    ['RAS ', 3],
    [' RA', 3],
    [null, 3],
    [['L', 'P', 'I'], 3],
    [undefined, 3],
    ['LPI', 2],
    ['TPI', 3],
  ]
  for (const [code, rank] of bad)
    assert.throws(() => Referential.parse(code as string, rank), refusal('InvalidArgument', 'code'))
  assert.throws(() => Referential.matrix('LP', 'LI', [3, 4]), refusal('InvalidArgument', 'to'))
  assert.throws(() => Referential.matrix('LPI', 'RAS', [3, 0, 2]), refusal('InvalidArgument'))
})

const letters = [
  ['L', 'R'],
  ['P', 'A'],
  ['I', 'S'],
]
const orders = [
  [0, 1, 2],
  [0, 2, 1],
  [1, 0, 2],
  [1, 2, 0],
  [2, 0, 1],
  [2, 1, 0],
]
const codes = orders.flatMap((order) =>
  [0, 1, 2, 3, 4, 5, 6, 7].map((bits) => order.map((axis, k) => letters[axis]?.[(bits >> k) & 1]).join('')),
)

function multiply(a: number[][], b: number[][]): number[][] {
  return a.map((row) =>
    row.map((_, k) => row.reduce((sum, value, j) => sum + value * (b[j]?.[k] as number), 0)),
  )
}

test('F(b→c)·F(a→b) is F(a→c) for all 48 codes', () => {
  const shape = [19, 7, 5]
  assert.equal(new Set(codes).size, 48)
  for (const a of codes)
    for (const [k, b] of codes.entries()) {
      const c = codes[(k * 7 + 3) % 48] as string
      const ab = turn(parseOrientation(a, 3), parseOrientation(b, 3), shape)
      const shapeB = ab.axes.map((axis) => shape[axis] as number)
      const product = multiply(Referential.matrix(b, c, shapeB), Referential.matrix(a, b, shape))
      assert.deepEqual(
        product.map((row) => row.map((v) => v + 0)),
        Referential.matrix(a, c, shape),
      )
    }
})

test('index maps compose, invert and map like their matrices', () => {
  const map = { axes: [2, 0, 1], signs: [-1, 1, -1], starts: [6, -2, 9] }
  assert.deepEqual(composeMaps(map, inverseMap(map)), identityMap(3))
  assert.deepEqual(composeMaps(inverseMap(map), map), identityMap(3))
  assert.deepEqual(mapIndex(map, [1, 2, 3]), [0, 6, 5])
  assert.deepEqual(matrixOf(map), [[0, 1, 0, -2], [0, 0, -1, 9], [-1, 0, 0, 6], last])
})

test.run()
