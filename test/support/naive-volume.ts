import { Referential } from '../../ts/geometry/referential.ts'

/** A volume that is a plain list of voxels, each with its value, position and place in the parent: slow and obvious. */
export interface NaiveVolume {
  readonly shape: readonly number[]
  readonly code: string
  /** By `index.join()`. */
  readonly voxels: ReadonlyMap<string, NaiveVoxel>
}

export interface NaiveVoxel {
  readonly value: number
  readonly position: readonly number[]
}

function remade(
  volume: NaiveVolume,
  shape: readonly number[],
  code: string,
  move: (index: number[]) => number[] | null,
): NaiveVolume {
  const voxels = new Map<string, NaiveVoxel>()
  for (const [key, voxel] of volume.voxels) {
    const index = move(key.split(',').map(Number))
    if (index !== null) voxels.set(index.join(), voxel)
  }
  return { shape, code, voxels }
}

export function naiveView(
  volume: NaiveVolume,
  start: readonly number[],
  shape: readonly number[],
): NaiveVolume {
  return remade(volume, shape, volume.code, (index) => {
    const moved = index.map((i, axis) => i - (start[axis] as number))
    return moved.every((i, axis) => i >= 0 && i < (shape[axis] as number)) ? moved : null
  })
}

const opposite: Record<string, string> = { L: 'R', R: 'L', P: 'A', A: 'P', I: 'S', S: 'I', T: 't', t: 'T' }

export function naiveFlip(volume: NaiveVolume, axes: readonly number[]): NaiveVolume {
  const code = Array.from(volume.code, (letter, axis) =>
    axes.includes(axis) ? opposite[letter] : letter,
  ).join('')
  return remade(volume, volume.shape, code, (index) =>
    index.map((i, axis) => (axes.includes(axis) ? (volume.shape[axis] as number) - 1 - i : i)),
  )
}

export function naivePermute(volume: NaiveVolume, axes: readonly number[]): NaiveVolume {
  const shape = axes.map((axis) => volume.shape[axis] as number)
  const code = axes.map((axis) => volume.code[axis]).join('')
  return remade(volume, shape, code, (index) => axes.map((axis) => index[axis] as number))
}

export function naiveTurn(volume: NaiveVolume, code: string): NaiveVolume {
  const matrix = Referential.matrix(volume.code, code, volume.shape)
  const apply = (index: readonly number[]) =>
    matrix.slice(0, -1).map((row) => row.reduce((sum, value, k) => sum + value * (index[k] ?? 1), 0))
  const axes = matrix
    .slice(0, -1)
    .map((row) => row.findIndex((value, k) => k < row.length - 1 && value !== 0))
  return remade(
    volume,
    axes.map((axis) => volume.shape[axis] as number),
    code,
    apply,
  )
}
