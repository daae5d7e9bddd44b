import { writeFileSync } from 'node:fs'
import { scratch } from './folder.ts'
import { makeNoise } from './noise.ts'

/** What a test volume holds: the blobs in one of the element types that peers take, or the mask of what is brighter than 250. */
export type InputKind = 'int16' | 'float32' | 'uint8' | 'mask'

/** Voxels in memory, x fastest, and the raw little-endian file that peers read. */
export interface TestVolume {
  readonly shape: readonly [number, number, number]
  readonly dtype: Exclude<InputKind, 'mask'>
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

const bright = 250

// Eight bits take about the range of the blobs; floats get a fraction, so that ties are as rare as in computed volumes.
function converted(voxels: Int16Array, kind: InputKind): TestVolume['data'] {
  if (kind === 'int16') return voxels
  if (kind === 'mask') return Uint8Array.from(voxels, (voxel) => Number(voxel > bright))
  if (kind === 'uint8') return Uint8Array.from(voxels, (voxel) => Math.min(Math.max(voxel / 6 + 60, 0), 255))
  const noise = makeNoise(7)
  return Float32Array.from(voxels, (voxel) => voxel + noise() / 8)
}

const made = new Map<string, TestVolume>()

/** Smooth blobs plus noise in a cube of `size` voxels a side, or in `slices` of its middle; the same voxels every time. */
export function testVolume(size: number, kind: InputKind = 'int16', slices = size): TestVolume {
  const name = `blobs-${size}-${slices}-${kind}.raw`
  const known = made.get(name)
  if (known) return known
  const path = scratch('data', name)
  const data = slices < size ? middle(size, kind, slices) : whole(size, kind)
  writeFileSync(path, data)
  const dtype = kind === 'mask' ? 'uint8' : kind
  const volume = { shape: [size, size, slices] as const, dtype, data, path }
  made.set(name, volume)
  return volume
}

function whole(size: number, kind: InputKind): TestVolume['data'] {
  return converted(kind === 'int16' ? int16Voxels(size) : (testVolume(size).data as Int16Array), kind)
}

function middle(size: number, kind: InputKind, slices: number): TestVolume['data'] {
  const first = ((size - slices) >> 1) * size * size
  return testVolume(size, kind).data.subarray(first, first + slices * size * size)
}
