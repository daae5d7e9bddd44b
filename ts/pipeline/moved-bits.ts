import { bytesOf, codeOf, type DType, dtypeOfCode } from '../core/dtype.ts'
import { bitsOf } from './order.ts'
import type { Patch, RegionalTools } from './regional.ts'

const unsigned: Readonly<Record<number, DType>> = { 1: 'uint8', 2: 'uint16', 4: 'uint32', 8: 'uint64' }

/** The patch as kernels take it that move voxels without looking at them. */
export function asBits(patch: Patch): Patch {
  const bytes = bytesOf(dtypeOfCode(patch.view.dtype))
  return { ...patch, view: { ...patch.view, dtype: codeOf(unsigned[bytes] as DType) } }
}

/** A value's bits in two words, as those kernels take them. */
export function bitWords(
  dtype: DType,
  value: number | bigint,
): { readonly high: number; readonly low: number } {
  const [low, high] = bitsOf(dtype, value)
  return { high, low }
}

/** Gives all voxels of a patch one value. */
export async function fillPatch(tools: RegionalTools, patch: Patch, value: number | bigint): Promise<void> {
  const indices = patch.view.shape.flatMap((length) => new Array<number>(length).fill(-1))
  const words = bitWords(dtypeOfCode(patch.view.dtype), value)
  await tools.call('pad_region', { indices, ...words }, { inputs: [], outputs: [asBits(patch)] })
}
