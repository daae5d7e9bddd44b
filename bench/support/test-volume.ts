import { writeFileSync } from 'node:fs'
import { scratch } from './folder.ts'
import { makeNoise } from './noise.ts'

/** Element types the peers take as input. */
export type InputType = 'int16' | 'float32' | 'uint8'

/** Voxels in memory, x fastest, and the raw little-endian file that peers read. */
export interface TestVolume {
  readonly shape: readonly [number, number, number]
  readonly dtype: InputType
  readonly data: Int16Array | Float32Array | Uint8Array
  readonly path: string
}

const blobs = [
  { centre: [0.3, 0.4, 0.5], width: 0.12, height: 900 },
  { centre: [0.7, 0.3, 0.4], width: 0.2, height: 500 },
  { centre: [0.5, 0.75, 0.6], width: 0.08, height: 1400 },
  { centre: [0.2, 0.2, 0.85], width: 0.15, height: -300 },
] as const

function bell(size: number, centre: number, width: number): Float64Array {
  return Float64Array.from({ length: size }, (_, i) =>
    Math.exp(-(((i + 0.5) / size - centre) ** 2) / (2 * width * width)),
  )
}

/** One plane of smooth blobs on a base of 100, without noise. */
export function smoothPlane(shape: readonly [number, number, number], z: number): Float64Array {
  const [nx, ny, nz] = shape
  const plane = new Float64Array(nx * ny).fill(100)
  for (const { centre, width, height } of blobs) {
    const [x, y] = [bell(nx, centre[0], width), bell(ny, centre[1], width)]
    const scale = height * (bell(nz, centre[2], width)[z] as number)
    for (let j = 0, at = 0; j < ny; j++) {
      const row = scale * (y[j] as number)
      for (let i = 0; i < nx; i++, at++) plane[at] = (plane[at] as number) + row * (x[i] as number)
    }
  }
  return plane
}

function int16Voxels(size: number): Int16Array {
  const noise = makeNoise(20240229)
  const data = new Int16Array(size ** 3)
  for (let z = 0, at = 0; z < size; z++)
    for (const value of smoothPlane([size, size, size], z)) data[at++] = Math.round(value + 12 * noise())
  return data
}

// Eight bits take about the range of the blobs; floats get a fraction, so that ties are as rare as in computed volumes.
function converted(voxels: Int16Array, dtype: InputType): TestVolume['data'] {
  if (dtype === 'int16') return voxels
  const noise = makeNoise(7)
  const data = dtype === 'uint8' ? new Uint8Array(voxels.length) : new Float32Array(voxels.length)
  for (let i = 0; i < voxels.length; i++) {
    const voxel = voxels[i] as number
    data[i] = dtype === 'uint8' ? Math.min(Math.max(voxel / 6 + 60, 0), 255) : voxel + noise() / 8
  }
  return data
}

const made = new Map<string, TestVolume>()

/** Smooth blobs plus noise in a cube of `size` voxels a side; the same voxels every time. */
export function testVolume(size: number, dtype: InputType = 'int16'): TestVolume {
  const name = `blobs-${size}-${dtype}.raw`
  const known = made.get(name)
  if (known) return known
  const data = converted(dtype === 'int16' ? int16Voxels(size) : (testVolume(size).data as Int16Array), dtype)
  const path = scratch('data', name)
  writeFileSync(path, data)
  const volume = { shape: [size, size, size] as const, dtype, data, path }
  made.set(name, volume)
  return volume
}
