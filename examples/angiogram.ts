// A volume of any size, made where it is read: vessels and lesions in noise, as int16.
import { defineSource, type Region } from '../ts/index.ts'

interface Ball {
  readonly centre: readonly [number, number, number]
  readonly radius: number
  readonly value: number
}

/** Numbers in [0, 1) that follow from an index alone, so that any region may be made in any order. */
function scattered(index: number): number {
  let bits = Math.imul(index ^ (index >>> 15), 0x2c1b3c6d)
  bits = Math.imul(bits ^ (bits >>> 12), 0x297a2d39)
  return ((bits ^ (bits >>> 15)) >>> 0) / 2 ** 32
}

// Lesions are balls, vessels are rows of balls along winding lines.
function ballsIn([nx, ny, nz]: readonly [number, number, number]): readonly Ball[] {
  const unit = Math.min(nx, ny, nz) / 40
  const balls: Ball[] = []
  for (let k = 0; k < 60; k++) {
    const centre = [nx * scattered(9 * k), ny * scattered(9 * k + 1), nz * scattered(9 * k + 2)] as const
    balls.push({
      centre,
      radius: unit * (1 + 2 * scattered(9 * k + 3)),
      value: 500 + 400 * scattered(9 * k + 4),
    })
  }
  for (let vessel = 0; vessel < 12; vessel++) {
    const [a, b, c] = [scattered(vessel + 7001), scattered(vessel + 7101), scattered(vessel + 7201)]
    const steps = Math.ceil((nz / unit) * 2)
    for (let k = 0; k <= steps; k++) {
      const t = k / steps
      const x = nx * (0.5 + 0.4 * Math.sin(6.28 * (a + t * (0.5 + b))))
      const y = ny * (0.5 + 0.4 * Math.cos(6.28 * (c + t * (0.5 + a))))
      balls.push({ centre: [x, y, nz * t], radius: unit * (0.5 + a), value: 700 })
    }
  }
  return balls
}

/** A source of that shape: noise around 100 with vessels and lesions of 500 and more. */
export function angiogram(shape: readonly number[]) {
  const [nx, ny, nz] = shape as [number, number, number]
  const balls = ballsIn([nx, ny, nz])
  return defineSource({
    name: 'angiogram',
    describe: () => ({ shape, dtype: 'int16', spacing: [1, 1, 1] }),
    read: ({ region }) => voxelsOf(region, nx, ny, balls),
  })
}

function voxelsOf({ start, shape }: Region, nx: number, ny: number, balls: readonly Ball[]): Int16Array {
  const [x0, y0, z0] = start as [number, number, number]
  const [w, h, d] = shape as [number, number, number]
  const voxels = new Int16Array(w * h * d)
  for (let k = 0, at = 0; k < d; k++)
    for (let j = 0; j < h; j++) {
      const first = x0 + nx * (y0 + j + ny * (z0 + k))
      for (let i = 0; i < w; i++) voxels[at++] = 200 * scattered(first + i)
    }
  for (const { centre, radius, value } of balls) {
    const [x, y, z] = centre
    const range = (c: number, from: number, length: number, reach = radius) =>
      [Math.max(0, Math.ceil(c - reach) - from), Math.min(length - 1, Math.floor(c + reach) - from)] as const
    const [k0, k1] = range(z, z0, d)
    for (let k = k0; k <= k1; k++) {
      const disc = Math.sqrt(Math.max(0, radius ** 2 - (z0 + k - z) ** 2))
      const [j0, j1] = range(y, y0, h, disc)
      for (let j = j0; j <= j1; j++) {
        const half = Math.sqrt(Math.max(0, disc ** 2 - (y0 + j - y) ** 2))
        const [i0, i1] = range(x, x0, w, half)
        const row = w * (j + h * k)
        for (let i = i0; i <= i1; i++)
          voxels[row + i] = value + 100 * scattered(x0 + i + nx * (y0 + j + ny * (z0 + k)))
      }
    }
  }
  return voxels
}
