import type { Plane } from './display.ts'
import { type GreyRange, toGrey } from './grey-range.ts'
import type { Picture } from './png.ts'

/** A plane as a picture with square pixels: voxels are repeated along the coarser axis, never blended. */
export function pictureOf(plane: Plane, range: GreyRange): Picture {
  const channels = plane.components === 1 ? 1 : 3
  const levels = channels === 1 ? toGrey(plane.values, range) : colours(plane)
  const [across, down] = plane.spacing
  const pixel = Math.min(across, down)
  const width = Math.max(1, Math.round((plane.width * across) / pixel))
  const height = Math.max(1, Math.round((plane.height * down) / pixel))
  const data = new Uint8Array(width * height * channels)
  for (let y = 0; y < height; y++) {
    const row = Math.floor(((y + 0.5) * plane.height) / height) * plane.width
    for (let x = 0; x < width; x++) {
      const from = (row + Math.floor(((x + 0.5) * plane.width) / width)) * channels
      for (let c = 0; c < channels; c++) data[(y * width + x) * channels + c] = levels[from + c] as number
    }
  }
  return { width, height, channels, data }
}

// Red, green and blue are shown as they are; a fourth component, opacity, is left out.
function colours({ values, components }: Plane): Uint8Array {
  const count = values.length / components
  const levels = new Uint8Array(count * 3)
  for (let i = 0; i < count; i++)
    for (let c = 0; c < 3; c++)
      levels[i * 3 + c] = Math.min(255, Math.max(0, values[i * components + c] as number))
  return levels
}

/** Pictures of one size in a grid, row after row from the top left, `gap` black pixels between. */
export function gridOf(pictures: readonly Picture[], columns: number, gap = 2): Picture {
  const first = pictures[0] as Picture
  const { channels } = first
  const rows = Math.ceil(pictures.length / columns)
  const width = columns * (first.width + gap) - gap
  const height = rows * (first.height + gap) - gap
  const data = new Uint8Array(width * height * channels)
  pictures.forEach((picture, k) => {
    const left = (k % columns) * (first.width + gap)
    const top = Math.floor(k / columns) * (first.height + gap)
    const length = picture.width * channels
    for (let y = 0; y < picture.height; y++)
      data.set(picture.data.subarray(y * length, (y + 1) * length), ((top + y) * width + left) * channels)
  })
  return { width, height, channels, data }
}
