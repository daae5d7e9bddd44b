import type { Affine } from '../../ts/geometry/affine.ts'
import { turn } from '../../ts/geometry/orientation.ts'
import type { FileFacts } from '../../ts/volume/format.ts'
import { Allocation, makeVolume, partsOf, storedVolume } from '../../ts/volume/internals.ts'
import { placeForWriting, placeStored, type StoredOptions, storedGeometry } from '../../ts/volume/stored.ts'
import { Volume } from '../../ts/volume/volume.ts'

const last = [0, 0, 0, 1]

/** The file of the worked examples: 3×4×5 int16 stored RAS, its values 59 down to 0. */
export const exampleFile: FileFacts = {
  format: 'test',
  path: 'example.nii',
  voxels: {
    path: 'example.nii',
    offset: 352,
    compression: 'none',
    bigEndian: false,
    dtype: 'int16',
    components: 1,
    shape: [3, 4, 5],
  },
  affine: [[1, 0, 0, 88], [0, 2, 0, 85], [0, 0, 3, 97], last],
  spacing: [1, 2, 3],
  scaling: null,
  header: {},
  warnings: [],
  regionCost: 'region',
  fileBytes: 352 + 120,
}

export const exampleFileValues = Int16Array.from({ length: 60 }, (_, i) => 59 - i)

/** The affine of the examples' base. */
export const baseAffine: Affine = [[-1, 0, 0, 90], [0, -2, 0, 91], [0, 0, -3, 109], last]

/** The base of the worked examples: LPI over the file above, canonical strides, value = position in memory. */
export function exampleBase(): Volume<'int16'> {
  const array = Int16Array.from({ length: 60 }, (_, i) => i)
  const volume = Volume.wrap<'int16'>(array, { shape: [3, 4, 5], affine: baseAffine })
  const { directions } = storedGeometry(exampleFile)
  const storage = { directions, map: turn(directions, volume.geometry.directions, [3, 4, 5]) }
  return makeVolume({ ...partsOf(volume), storage })
}

/** Every index of a shape, axis 0 fastest. */
export function* indicesOf(shape: readonly number[]): Generator<number[]> {
  const index = shape.map(() => 0)
  for (;;) {
    yield index.slice()
    let axis = 0
    while (axis < shape.length && ++(index[axis] as number) === shape[axis]) index[axis++] = 0
    if (axis === shape.length) return
  }
}

function elementAt(
  { strides, offset }: { strides: readonly number[]; offset: number },
  index: readonly number[],
): number {
  return index.reduce((sum, i, axis) => sum + i * (strides[axis] as number), offset)
}

/** What reading the file means: the voxels it has of volume and margin, put where `placeStored` says. */
export function readExample(
  options: StoredOptions,
  values: Int16Array = exampleFileValues,
  facts = exampleFile,
): Volume<'int16'> {
  const placed = placeStored(facts, options)
  const memory = new Int16Array(placed.memory.elements)
  for (const voxel of indicesOf(placed.available.shape)) {
    const index = voxel.map((i, axis) => i + (placed.available.start[axis] as number))
    memory[elementAt(placed.memory, index)] = values[elementAt(placed.file, index)] as number
  }
  return storedVolume(facts, placed, { allocation: Allocation.wrap(memory), dtype: 'int16' })
}

/** What writing means: the voxels in the order they have on disk, and the affine there. */
export function writeExample(
  volume: Volume<'int16'>,
  storage?: string,
): { values: Int16Array; shape: readonly number[]; affine: Affine } {
  const { facts, file } = placeForWriting(partsOf(volume), storage === undefined ? {} : { storage })
  const values = new Int16Array(volume.size)
  for (const index of indicesOf(volume.shape)) values[elementAt(file, index)] = volume.get(...index)
  return { values, shape: facts.shape, affine: facts.affine }
}
