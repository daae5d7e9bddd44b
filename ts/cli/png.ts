import { crc32, deflateSync } from 'node:zlib'

/** Rows from top to bottom, values 0 to 255: one a pixel for grey, three for red, green and blue. */
export interface Picture {
  readonly width: number
  readonly height: number
  readonly channels: 1 | 3
  readonly data: Uint8Array | Uint8ClampedArray
}

const signature = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)
const mostPixels = 2 ** 31 - 1

/** Encodes a picture as PNG (ISO/IEC 15948) with 8 bits a channel. Throws `RangeError` where sizes do not fit. */
export function encodePng({ width, height, channels, data }: Picture): Uint8Array {
  for (const [name, value] of [
    ['width', width],
    ['height', height],
  ] as const) {
    if (!Number.isInteger(value) || value < 1 || value > mostPixels) {
      throw new RangeError(`${name} must be an integer in [1, ${mostPixels}], received ${value}`)
    }
  }
  const row = width * channels
  if (data.length !== row * height)
    throw new RangeError(`data must be ${row * height} values, received ${data.length}`)
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header[8] = 8
  header[9] = channels === 1 ? 0 : 2
  const packed = deflateSync(filtered(data, row, height, channels))
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', packed),
    chunk('IEND', new Uint8Array(0)),
  ])
}

/** Each row after a byte that names its filter: 1 (Sub) in the first row, 2 (Up) in the others. */
function filtered(
  data: Uint8Array | Uint8ClampedArray,
  row: number,
  height: number,
  channels: number,
): Uint8Array {
  const bytes = new Uint8Array((row + 1) * height)
  for (let y = 0; y < height; ++y) {
    const from = y * row
    const to = y * (row + 1) + 1
    const step = y === 0 ? channels : row
    bytes[to - 1] = y === 0 ? 1 : 2
    for (let x = 0; x < row; ++x) {
      const before = y === 0 && x < channels ? 0 : (data[from + x - step] ?? 0)
      bytes[to + x] = (data[from + x] ?? 0) - before
    }
  }
  return bytes
}

function chunk(type: string, data: Uint8Array): Uint8Array {
  const bytes = Buffer.alloc(data.length + 12)
  bytes.writeUInt32BE(data.length, 0)
  bytes.write(type, 4, 'latin1')
  bytes.set(data, 8)
  bytes.writeUInt32BE(crc32(bytes.subarray(4, data.length + 8)), data.length + 8)
  return bytes
}
