import { closeSync, existsSync, openSync, renameSync, statSync, writeFileSync, writeSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { scratch } from './folder.ts'
import { makeNoise } from './noise.ts'
import { smoothPlane, testVolume } from './test-volume.ts'

const voxelsAt = 352

/** A NIfTI-1 header (348 bytes and the empty extension flag) of an int16 volume at 1 mm whose axes point to R, A, S. */
function header(shape: readonly [number, number, number]): Uint8Array {
  const bytes = new Uint8Array(voxelsAt)
  const view = new DataView(bytes.buffer)
  view.setInt32(0, 348, true)
  for (const [k, value] of [3, ...shape, 1, 1, 1, 1].entries()) view.setInt16(40 + 2 * k, value, true)
  view.setInt16(70, 4, true)
  view.setInt16(72, 16, true)
  for (let k = 0; k < 8; k++) view.setFloat32(76 + 4 * k, 1, true)
  view.setFloat32(108, voxelsAt, true)
  view.setUint8(123, 2)
  view.setInt16(254, 1, true)
  for (let row = 0; row < 3; row++) view.setFloat32(280 + 20 * row, 1, true)
  bytes.set(new TextEncoder().encode('n+1\0'), 344)
  return bytes
}

/** Planes of 1024² voxels (512² for small files), as many as fill `bytes`. */
export function streamShape(bytes: number): readonly [number, number, number] {
  const edge = bytes >= 2 ** 30 ? 1024 : 512
  return [edge, edge, Math.max(Math.round(bytes / (2 * edge * edge)), 1)]
}

/** An int16 .nii file of about `bytes`: smooth blobs, and new noise in every voxel. Made once, then kept in build-bench/. */
export function noiseFile(bytes: number): {
  readonly path: string
  readonly shape: readonly [number, number, number]
} {
  const shape = streamShape(bytes)
  const path = scratch('data', `noise-${shape.join('x')}.nii`)
  const [nx, ny, nz] = shape
  const expected = voxelsAt + 2 * nx * ny * nz
  if (existsSync(path) && statSync(path).size === expected) return { path, shape }
  console.log(`writing ${expected} bytes of test data`)
  const temporary = `${path}.part`
  const file = openSync(temporary, 'w')
  writeSync(file, header(shape))
  const noise = makeNoise(4711)
  const plane = new Int16Array(nx * ny)
  let smooth = new Float64Array()
  for (let z = 0; z < nz; z++) {
    // Blobs are far wider than sixteen planes.
    if (z % 16 === 0) smooth = smoothPlane(shape, z) as typeof smooth
    for (let i = 0; i < plane.length; i++) plane[i] = (smooth[i] as number) + 12 * noise()
    writeSync(file, plane)
  }
  closeSync(file)
  renameSync(temporary, path)
  return { path, shape }
}

/** Kinds of NIfTI files. */
export type NiftiEnding = 'nii' | 'nii.gz'

/**
 * The int16 test volume as a file, compressed by zlib at level 6 when it ends in .gz. Either has a name of its own: asked for a .nii.gz, the
 * NIfTI library of ITK takes the voxels from the .nii of the same name where there is one.
 */
export function niftiFile(size: number, ending: NiftiEnding): { readonly path: string } {
  const path = scratch('data', `blobs-${size}${ending === 'nii' ? '' : '-compressed'}.${ending}`)
  if (existsSync(path)) return { path }
  const { shape, data } = testVolume(size)
  const bytes = Buffer.concat([header(shape), new Uint8Array(data.buffer)])
  writeFileSync(path, ending === 'nii' ? bytes : gzipSync(bytes, { level: 6 }))
  return { path }
}
