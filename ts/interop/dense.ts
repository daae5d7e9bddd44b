import { checkChoice } from '../core/check.ts'
import { arrayClass, type DType, type TypedArray } from '../core/dtype.ts'
import { invalidArgument, VoxlineError } from '../core/errors.ts'
import { canonicalStrides, sameNumbers } from '../core/shape.ts'
import { Allocation, makeVolume, partsOf } from '../volume/internals.ts'
import { Volume } from '../volume/volume.ts'

const choices = ['if-needed', 'never', 'always'] as const

/** Whether a conversion may copy voxels. */
export interface CopyOption {
  /**
   * `'if-needed'` (default) shares the memory where the target can take it as it lies and copies otherwise;
   * `'never'` throws `Unsupported` instead of copying; `'always'` gives memory of its own.
   */
  readonly copy?: 'if-needed' | 'never' | 'always'
}

/** The volume given, or `InvalidArgument`. */
export function checkVolume<D extends DType>(volume: Volume<D>): Volume<D> {
  if (volume instanceof Volume) return volume
  throw invalidArgument('volume', 'a Volume', volume)
}

/** The copy option with its default. */
export function copyChoice(options: CopyOption): (typeof choices)[number] {
  return checkChoice('options.copy', options.copy ?? 'if-needed', choices)
}

/** The error where a copy is needed and forbidden; `remedy` says how to share after all. */
export function copyRefused(target: string, reason: string, remedy = 'allow the copy'): VoxlineError {
  return new VoxlineError(
    'Unsupported',
    `${target} cannot share this memory, and copy is 'never': ${reason}; ${remedy}`,
    { argument: 'options.copy', target, reason },
  )
}

/** Strides that say the same of every voxel, with those of axes of length 1 as in `like`. */
function comparable(shape: readonly number[], strides: readonly number[], like: readonly number[]) {
  return strides.map((stride, axis) => (shape[axis] === 1 ? (like[axis] as number) : stride))
}

/** Whether voxels lie as `wanted` strides say; axes of length 1 take no part. */
export function liesAs(
  shape: readonly number[],
  strides: readonly number[],
  wanted: readonly number[],
): boolean {
  return sameNumbers(comparable(shape, strides, wanted), wanted)
}

/** What a target can share. */
export interface DenseNeed {
  /** Name of the target, for errors. */
  readonly target: string
  /** Whether its array must be the whole of its buffer. */
  readonly wholeBuffer?: boolean
}

/** The voxels dense with axis 0 fastest: the volume's own array where it lies so, else a copy. */
export async function denseArray<D extends DType>(
  volume: Volume<D>,
  options: CopyOption,
  need: DenseNeed,
): Promise<TypedArray<D>> {
  const choice = copyChoice(options)
  const { shape, components } = volume
  const strides = canonicalStrides(shape, components)
  if (choice === 'always') return copyTo(volume, strides)
  const reason = reasonToCopy(volume, strides, need)
  if (reason === null) return volume.data
  if (choice === 'never') throw copyRefused(need.target, reason.text, reason.remedy)
  return copyTo(volume, strides)
}

function reasonToCopy(volume: Volume, wanted: readonly number[], need: DenseNeed) {
  if (!volume.isDense)
    return { text: `there are gaps between its voxels (strides [${volume.strides}])`, remedy: undefined }
  if (!liesAs(volume.shape, volume.strides, wanted)) {
    const text = `memory order is ${volume.memoryOrientation}, index order ${volume.orientation}`
    return { text, remedy: 'convert volume.flipToOrientation(volume.memoryOrientation) instead' }
  }
  if (need.wholeBuffer !== true) return null
  const { byteOffset, byteLength, buffer } = volume.data
  if (byteOffset === 0 && byteLength === buffer.byteLength) return null
  const text = `its voxels are bytes ${byteOffset} to ${byteOffset + byteLength} of ${buffer.byteLength}`
  return { text: `${text}, and it takes whole buffers only`, remedy: undefined }
}

/**
 * The voxels in an array of JavaScript's own, which no `dispose()` detaches, laid out by these strides (all
 * positive, dense). Copied in the background.
 */
export async function copyTo<D extends DType>(
  volume: Volume<D>,
  strides: readonly number[],
): Promise<TypedArray<D>> {
  const array = newArray(volume.dtype, volume.size * volume.components)
  await copyInto(volume, array, strides)
  return array
}

/** Copies the voxels into an array, from its first element on. */
export async function copyInto<D extends DType>(
  volume: Volume<D>,
  array: TypedArray<D>,
  strides: readonly number[],
): Promise<void> {
  const allocation = Allocation.wrap(array)
  using target = makeVolume({ ...partsOf(volume), allocation, strides, offset: 0, parent: null })
  await target.copyFrom(volume)
}

/** A zeroed array; throws `Memory` when there is not enough. */
export function newArray<D extends DType>(dtype: D, length: number): TypedArray<D> {
  try {
    return new (arrayClass(dtype))(length) as TypedArray<D>
  } catch (cause) {
    const message = `an array of ${length} ${dtype} elements cannot be allocated`
    throw new VoxlineError('Memory', message, { dtype, length }, { cause })
  }
}
