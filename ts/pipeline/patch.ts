import { bytesOf, codeOf, type DType } from '../core/dtype.ts'
import { checkedBytes } from '../core/shape.ts'
import type { NativeMemory, NativeView } from '../native/addon.ts'
import { callNative } from '../native/errors.ts'
import type { Region } from '../volume/region.ts'
import { planShape } from './encode-plan.ts'
import type { HeldPatch, Patch, PatchShape } from './regional.ts'
import type { ViewStorage } from './storage.ts'

/** Bytes of a region's voxels. */
export function regionBytes({ components, dtype }: Omit<PatchShape, 'shape'>, { shape }: Region): number {
  return checkedBytes(shape, components, dtype)
}

/** Memory for a region of a volume, dense, axis 0 fastest (components first of all); its contents are undefined. */
export function allocatePatch(of: PatchShape, region: Region): HeldPatch {
  return densePatch(of, region, (bytes) => callNative((addon) => addon.allocate(bytes, false)))
}

/** The same without memory, for plans that nobody runs. */
export function imaginedPatch(of: PatchShape, region: Region): HeldPatch {
  return densePatch(of, region, (bytes) => callNative((addon) => addon.imagine(bytes)))
}

function densePatch(of: PatchShape, region: Region, take: (bytes: number) => NativeMemory): HeldPatch {
  const { shape, components, dtype } = of
  const memory = take(regionBytes(of, region))
  const bytes = bytesOf(dtype)
  let stride = bytes * components
  const strides = region.shape.map((length) => {
    const own = stride
    stride *= length
    return own
  })
  const view: NativeView = {
    memory,
    dtype: codeOf(dtype),
    offset: 0,
    shape: planShape(region.shape, components),
    strides: components > 1 ? [...strides, bytes] : strides,
  }
  const patch = { view, ...placeOf(region, shape, components) }
  return { ...patch, release: () => callNative((addon) => addon.release(memory)) }
}

/** Voxels of a whole volume's view that are a region of it, as a patch: nothing is copied. */
export function patchOfView(
  storage: ViewStorage,
  shape: readonly number[],
  components: number,
  region: Region,
): Patch {
  const { memory, dtype, strides } = storage
  const offset = region.start.reduce(
    (sum, start, axis) => sum + start * (strides[axis] as number),
    storage.offset,
  )
  const view = { memory, dtype: codeOf(dtype), offset, shape: planShape(region.shape, components), strides }
  return { view, ...placeOf(region, shape, components) }
}

/** Where a view given by native code lies. */
export function patchAt(
  view: NativeView,
  region: Region,
  shape: readonly number[],
  components: number,
): Patch {
  return { view, ...placeOf(region, shape, components) }
}

function placeOf(
  { start }: Region,
  shape: readonly number[],
  components: number,
): Pick<Patch, 'start' | 'extent'> {
  return { start: components > 1 ? [...start, 0] : start, extent: planShape(shape, components) }
}

/** A patch as a plan's sink. */
export function storageOf({ view }: Patch, dtype: DType): ViewStorage {
  return { kind: 'view', memory: view.memory, dtype, offset: view.offset, strides: view.strides }
}
