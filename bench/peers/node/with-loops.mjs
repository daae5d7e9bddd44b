// Plain loops over typed arrays: what somebody writes without a library.
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { gunzipSync, gzipSync } from 'node:zlib'

export const name = 'JavaScript'

function threshold(a, { below }, buffers) {
  const out = buffers.take('threshold', a.length, a instanceof Float32Array ? 'float32' : 'int16')
  for (let i = 0; i < a.length; i++) out[i] = a[i] >= below ? a[i] : 0
  return out
}

function add(a, { operand }, buffers) {
  const out = buffers.take('sum', a.length, 'int16')
  for (let i = 0; i < a.length; i++) out[i] = a[i] + operand
  return out
}

function cast(a, _, buffers) {
  const out = buffers.take('cast', a.length, 'float32')
  for (let i = 0; i < a.length; i++) out[i] = a[i]
  return out
}

function range(a) {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (let i = 0; i < a.length; i++) {
    if (a[i] < low) low = a[i]
    if (a[i] > high) high = a[i]
  }
  return [low, high]
}

function rescale(a, _, buffers) {
  const [low, high] = range(a)
  const out = buffers.take('bytes', a.length, 'uint8')
  const scale = 255 / (high - low)
  for (let i = 0; i < a.length; i++) out[i] = Math.round((a[i] - low) * scale)
  return out
}

function gradientMagnitude(a, { shape: [nx, ny, nz] }, buffers) {
  const out = buffers.take('gradient', a.length, 'float32')
  const plane = nx * ny
  for (let z = 0; z < nz; z++) {
    const [below, above] = [z > 0 ? -plane : 0, z < nz - 1 ? plane : 0]
    for (let y = 0; y < ny; y++) {
      const [before, behind] = [y > 0 ? -nx : 0, y < ny - 1 ? nx : 0]
      const row = z * plane + y * nx
      for (let x = 0; x < nx; x++) {
        const i = row + x
        const dx = (a[x < nx - 1 ? i + 1 : i] - a[x > 0 ? i - 1 : i]) / 2
        const dy = (a[i + behind] - a[i + before]) / 2
        const dz = (a[i + above] - a[i + below]) / 2
        out[i] = Math.sqrt(dx * dx + dy * dy + dz * dz)
      }
    }
  }
  return out
}

function edgeMap(a, args, buffers) {
  return rescale(threshold(gradientMagnitude(a, args, buffers), args, buffers), args, buffers)
}

function flipX(a, { shape: [nx] }, buffers) {
  const out = buffers.take('flipped', a.length, 'int16')
  for (let row = 0; row < a.length; row += nx) for (let x = 0; x < nx; x++) out[row + x] = a[row + nx - 1 - x]
  return out
}

function shrink(a, { shape: [nx, ny, nz] }, buffers) {
  const out = buffers.take('shrunk', (nx >> 1) * (ny >> 1) * (nz >> 1), 'int16')
  let at = 0
  for (let z = 0; z + 1 < nz; z += 2)
    for (let y = 0; y + 1 < ny; y += 2) {
      const row = ((z + 1) * ny + y + 1) * nx
      for (let x = 0; x + 1 < nx; x += 2) out[at++] = a[row + x + 1]
    }
  return out
}

const headerLength = 352

const voxels = (bytes) => new Int16Array(bytes.buffer, bytes.byteOffset + headerLength, (bytes.length - headerLength) / 2)

// A volume's file has a header of the bytes that matter here.
const written = (ending, packed) => {
  const path = `written-${process.pid}.${ending}`
  process.on('exit', () => rmSync(path, { force: true }))
  return (a) => {
    const bytes = Buffer.concat([Buffer.alloc(headerLength), new Uint8Array(a.buffer)])
    writeFileSync(path, packed(bytes))
    return a
  }
}

export const operations = {
  threshold,
  add,
  cast,
  range,
  rescale,
  gradientMagnitude,
  edgeMap,
  flipX,
  shrink,
  readNii: (path) => voxels(readFileSync(path)),
  readNiiGz: (path) => voxels(gunzipSync(readFileSync(path))),
  writeNii: written('nii', (bytes) => bytes),
  writeNiiGz: written('nii.gz', (bytes) => gzipSync(bytes, { level: 6 })),
}
