import { crc32, inflateSync } from 'node:zlib'
import * as assert from 'uvu/assert'
import { encodePng } from '../../../ts/cli/png.ts'
import { suite } from '../../support/suite.ts'

const test = suite('png')

interface Chunk {
  readonly type: string
  readonly data: Buffer
}

function chunksOf(file: Uint8Array): Chunk[] {
  const bytes = Buffer.from(file)
  assert.is(bytes.subarray(0, 8).toString('hex'), '89504e470d0a1a0a')
  const chunks: Chunk[] = []
  for (let at = 8; at < bytes.length; ) {
    const length = bytes.readUInt32BE(at)
    const data = bytes.subarray(at + 8, at + 8 + length)
    assert.is(bytes.readUInt32BE(at + 8 + length), crc32(bytes.subarray(at + 4, at + 8 + length)))
    chunks.push({ type: bytes.toString('latin1', at + 4, at + 8), data })
    at += length + 12
  }
  return chunks
}

/** Undoes the filters None, Sub and Up. */
function pixelsOf(packed: Buffer, row: number, channels: number): number[] {
  const rows: number[][] = []
  for (let at = 0; at < packed.length; at += row + 1) {
    const line: number[] = []
    const above = rows.at(-1)
    for (let x = 0; x < row; ++x) {
      const before = [0, line[x - channels] ?? 0, above?.[x] ?? 0][packed[at] ?? 9]
      assert.ok(before !== undefined)
      line.push(((packed[at + 1 + x] ?? 0) + (before ?? 0)) & 255)
    }
    rows.push(line)
  }
  return rows.flat()
}

for (const channels of [1, 3] as const) {
  test(`a ${channels === 1 ? 'grey' : 'coloured'} picture holds its pixels`, () => {
    const [width, height] = [19, 7]
    const data = Uint8Array.from({ length: width * height * channels }, (_, i) => (i * i * 31 + i) >> 2)
    const chunks = chunksOf(encodePng({ width, height, channels, data }))
    assert.equal(
      chunks.map(({ type }) => type),
      ['IHDR', 'IDAT', 'IEND'],
    )
    const head = chunks[0]?.data ?? Buffer.alloc(0)
    assert.equal(
      [head.readUInt32BE(0), head.readUInt32BE(4), ...head.subarray(8)],
      [width, height, 8, channels === 1 ? 0 : 2, 0, 0, 0],
    )
    const packed = inflateSync(chunks[1]?.data ?? Buffer.alloc(0))
    assert.equal(pixelsOf(packed, width * channels, channels), [...data])
  })
}

test('sizes that do not fit the data are refused', () => {
  const data = new Uint8Array(6)
  assert.throws(() => encodePng({ width: 2, height: 2, channels: 1, data }), /data/)
  assert.throws(() => encodePng({ width: 0, height: 2, channels: 1, data }), /width/)
  assert.throws(() => encodePng({ width: 2, height: 1.5, channels: 1, data }), /height/)
})

test.run()
