import { type Volume, VoxlineError } from '../index.ts'

const towards = { L: 'R', R: 'R', P: 'A', A: 'A', I: 'S', S: 'S' } as Readonly<Record<string, string>>

/** Axes of an orientation code that are directions of the body. */
export function spatialAxes(code: string): readonly number[] {
  return [...code].flatMap((letter, axis) => (letter in towards ? [axis] : []))
}

/**
 * The orientation pictures are shown in: the spatial axes towards R, A and S, in that order, axes beyond after them.
 *
 * The right of a picture is then the patient's right (the front, in sagittal slices), its top superior (anterior, in axial ones).
 */
export function displayOrientation(code: string): string {
  const spatial = [...code].flatMap((letter) => towards[letter] ?? [])
  const beyond = [...code].filter((letter) => !(letter in towards))
  const sorted = spatial.sort((a, b) => 'RAS'.indexOf(a) - 'RAS'.indexOf(b))
  return [...sorted, ...beyond.map((letter) => letter.toUpperCase()).sort()].join('')
}

/** One slice: values in rows from top to bottom, one component after another, and millimetres from value to value. */
export interface Plane {
  readonly width: number
  readonly height: number
  readonly components: number
  readonly values: Float64Array
  readonly spacing: readonly [across: number, down: number]
  /** Where right and up point to. */
  readonly right: string
  readonly up: string
}

/** The slice across `axis` (null for a volume of two spatial axes) that a volume is: 1 voxel along every axis but two. */
export function planeOf(volume: Volume, axis: number | null): Plane {
  const code = volume.orientation
  const hidden = axis === null ? undefined : towards[code[axis] as string]
  const shown = volume.flipToOrientation(displayOrientation(code))
  const { orientation, shape, spacing, components } = shown
  const axes = spatialAxes(orientation).filter((k) => orientation[k] !== hidden)
  const [across, down] = axes as [number, number]
  if (axes.length !== 2)
    throw new VoxlineError('Unsupported', `a picture needs two spatial axes, received ${axes.length}`, {
      orientation: code,
    })
  const [width, height] = [shape[across] as number, shape[down] as number]
  const { data, stride, offset } = shown.array()
  const [stepX, stepY] = [stride[across] as number, stride[down] as number]
  const values = new Float64Array(width * height * components)
  let at = 0
  for (let y = height - 1; y >= 0; y--)
    for (let x = 0; x < width; x++)
      for (let c = 0; c < components; c++) values[at++] = Number(data[offset + x * stepX + y * stepY + c])
  shown.dispose()
  const directions = { right: orientation[across] as string, up: orientation[down] as string }
  return {
    width,
    height,
    components,
    values,
    spacing: [spacing[across] as number, spacing[down] as number],
    ...directions,
  }
}
