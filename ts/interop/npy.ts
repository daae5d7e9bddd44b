import { checkInteger, checkOptions } from '../core/check.ts'
import { bytesOf, type DType, type TypedArray } from '../core/dtype.ts'
import { formatError, invalidArgument } from '../core/errors.ts'
import { canonicalStrides, sizeOf } from '../core/shape.ts'
import { Volume } from '../volume/volume.ts'
import {
  type CopyOption,
  checkVolume,
  copyChoice,
  copyInto,
  copyRefused,
  copyTo,
  liesAs,
  newArray,
} from './dense.ts'
import { unsupported } from './lps.ts'
import { type PlaceOptions, placeOptions } from './ndarray.ts'
import { encodeNpyHeader, type NpyHeader, readNpyHeader } from './npy-header.ts'
import { numbersFrom, sharedNumbers } from './turns.ts'

/** How the bytes of a .npy file become a volume. */
export interface FromNpyOptions extends PlaceOptions, CopyOption {}

/**
 * A volume as the bytes of a NumPy .npy file with the same indices, components a last axis. The voxels are
 * copied into place once, in the background; `npyParts` does without where they lie as NumPy can have them.
 */
export async function toNpy(volume: Volume): Promise<Uint8Array> {
  const { header, strides } = planNpy(checkVolume(volume))
  const { dtype, byteLength } = volume
  const bytes = newArray('uint8', header.length + byteLength)
  bytes.set(header)
  const data = sharedNumbers({ bytes: bytes.subarray(header.length), dtype, bigEndian: false })
  await copyInto(volume, data, strides)
  return bytes
}

/**
 * A volume as the two parts of a NumPy .npy file, header and voxels, to be written one after the other. The
 * second shares the volume's memory where that is dense in index order (`fortran_order` True) or in reversed
 * order; anything else is copied, in the background.
 */
export async function npyParts(
  volume: Volume,
  options: CopyOption = {},
): Promise<readonly [header: Uint8Array, voxels: Uint8Array]> {
  checkOptions('options', options, ['copy'])
  const choice = copyChoice(options)
  const { header, strides, lies } = planNpy(checkVolume(volume))
  if (!lies && choice === 'never')
    throw copyRefused('a .npy file', 'the voxels are not dense with the first or the last axis fastest')
  const data = lies && choice !== 'always' ? volume.data : await copyTo(volume, strides)
  return [header, new Uint8Array(data.buffer, data.byteOffset, data.byteLength)]
}

interface NpyPlan {
  readonly header: Uint8Array
  /** Strides of the voxels in the file. */
  readonly strides: readonly number[]
  /** Whether the voxels lie like that already. */
  readonly lies: boolean
}

function planNpy({ shape, strides, components, dtype }: Volume): NpyPlan {
  const orders = components === 1 ? [true, false] : [false]
  const candidates = orders.map((fortran) => ({ fortran, strides: denseStrides(shape, components, fortran) }))
  const lying = candidates.find((candidate) => liesAs(shape, strides, candidate.strides))
  const chosen = lying ?? (candidates[0] as (typeof candidates)[0])
  const axes = components === 1 ? shape : [...shape, components]
  const header = encodeNpyHeader({ dtype, fortranOrder: chosen.fortran, shape: axes })
  return { header, strides: chosen.strides, lies: lying !== undefined }
}

/**
 * A volume with the array's own indices from the bytes of a NumPy .npy file, of either order and byte order;
 * complex numbers have two components, booleans are uint8. Shares the bytes where they are little-endian and
 * aligned for their type; otherwise they are copied, in turns of the event loop.
 *
 * Throws `Format` for malformed bytes and `Unsupported` for types and shapes no volume has.
 */
export async function fromNpy<D extends DType = DType>(
  bytes: Uint8Array,
  options: FromNpyOptions = {},
): Promise<Volume<D>> {
  checkOptions('options', options, [...placeOptions, 'copy'])
  if (!(bytes instanceof Uint8Array)) throw invalidArgument('bytes', 'a Uint8Array', bytes)
  const { copy: _, components: asked, ...place } = options
  const choice = copyChoice(options)
  if (asked !== undefined) checkInteger('options.components', asked, 1)
  const header = readNpyHeader(bytes)
  const { shape, strides, components } = axesOf(header, asked)
  const { dtype, bigEndian, start } = header
  const length = sizeOf(header.shape) * header.components * bytesOf(dtype)
  if (bytes.length < start + length) {
    const message = `truncated: ${bytes.length - start} of ${length} bytes`
    throw formatError('npy', 'voxels', message, bytes.length)
  }
  const stored = { bytes: bytes.subarray(start, start + length), dtype, bigEndian }
  const data = await numbersFrom(stored, choice)
  return Volume.wrap<D>(data as TypedArray<D>, { ...place, shape, strides, components })
}

function axesOf(header: NpyHeader, asked: number | undefined) {
  const { shape, components, fortranOrder } = header
  const strides = denseStrides(shape, components, fortranOrder)
  if (components > 1 && asked !== undefined && asked !== components)
    throw invalidArgument('options.components', `${components}, since the numbers are complex`, asked)
  if (components > 1 || asked === undefined || asked === 1) return { shape, strides, components }
  if (shape.at(-1) !== asked || shape.length < 2)
    throw invalidArgument('options.components', `${shape.at(-1)}, the length of the last axis`, asked)
  if (strides.at(-1) !== 1)
    throw unsupported('bytes', 'have the last axis slowest (fortran_order), and components lie side by side')
  return { shape: shape.slice(0, -1), strides: strides.slice(0, -1), components: asked }
}

/** Strides of a dense block, first or last axis fastest. */
function denseStrides(shape: readonly number[], components: number, fortran: boolean): readonly number[] {
  if (fortran) return canonicalStrides(shape, components)
  return [...canonicalStrides([...shape].reverse(), components)].reverse()
}
