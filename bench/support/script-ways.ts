import type { Line, Volume } from 'voxline'
import type { DType, TypedArray } from '../../ts/core/dtype.ts'

/** Ways for JavaScript to visit voxels, each adding 1 to all of them. */
export interface ScriptWays {
  /** Over an array that the code is given, as `lines()` gives it. */
  readonly loop: () => void
  /** Over an array that never changes, so that its address and length are part of the compiled code. */
  readonly constant: () => void
  readonly lines: () => void
  readonly forEachLine: () => void
  readonly data: () => void
  readonly getSet: () => void
}

type Reals = Extract<TypedArray, { [index: number]: number }>

// What somebody writes who knows how the memory lies: `rows` of x, `slices` of rows. `arrayNow` is asked for the array each time.
function plainLoop(volume: Volume, arrayNow: (array: Reals) => Reals): () => void {
  const { data, shape, stride, offset } = volume.array()
  const constant = data as Reals
  const axes = [0, 1, 2].sort((a, b) => Math.abs(stride[a] as number) - Math.abs(stride[b] as number))
  const [nx, ny, nz] = axes.map((axis) => shape[axis] as number) as [number, number, number]
  const [, sy, sz] = axes.map((axis) => Math.abs(stride[axis] as number)) as [number, number, number]
  const start = axes.reduce((at, axis) => {
    const step = stride[axis] as number
    return step < 0 ? at + step * ((shape[axis] as number) - 1) : at
  }, offset)
  if (volume.isDense)
    return () => {
      const array = arrayNow(constant)
      const end = start + nx * ny * nz
      for (let i = start; i < end; i++) array[i] = (array[i] as number) + 1
    }
  return () => {
    const array = arrayNow(constant)
    for (let z = 0; z < nz; z++)
      for (let y = 0; y < ny; y++) {
        const first = start + y * sy + z * sz
        for (let i = first; i < first + nx; i++) array[i] = (array[i] as number) + 1
      }
  }
}

// Functions of its own for every volume: what one element type teaches the compiler must not slow down another.
function lineBodies() {
  const inArray = ({ array, offset, length, stride }: Line): void => {
    const values = array as Reals
    if (stride === 1) {
      for (let i = offset; i < offset + length; i++) values[i] = (values[i] as number) + 1
      return
    }
    for (let k = 0, i = offset; k < length; k++, i += stride) values[i] = (values[i] as number) + 1
  }
  const inData = ({ data, first, length, stride }: Line): void => {
    const values = data as Reals
    for (let k = 0, i = first; k < length; k++, i += stride) values[i] = (values[i] as number) + 1
  }
  return { inArray, inData }
}

/** All ways for one volume. */
export function scriptWays<D extends DType>(typed: Volume<D>): ScriptWays {
  const volume = typed as unknown as Volume
  const { inArray, inData } = lineBodies()
  const [nx, ny, nz] = volume.shape as [number, number, number]
  return {
    loop: plainLoop(volume, () => volume.array().data as Reals),
    constant: plainLoop(volume, (array) => array),
    lines: () => {
      for (const line of volume.lines()) inArray(line)
    },
    forEachLine: () => volume.forEachLine(inArray),
    data: () => {
      for (const line of volume.lines()) inData(line)
    },
    getSet: () => {
      for (let z = 0; z < nz; z++)
        for (let y = 0; y < ny; y++)
          for (let x = 0; x < nx; x++) volume.set((volume.get(x, y, z) as number) + 1, x, y, z)
    },
  }
}
