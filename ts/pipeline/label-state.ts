import { type DType, isInteger, limitsOf } from '../core/dtype.ts'
import { VoxlineError } from '../core/errors.ts'
import type { Addon, NativeLabels } from '../native/addon.ts'
import { callNative } from '../native/errors.ts'
import type { Region } from '../volume/region.ts'
import type { Info } from './info.ts'
import { regionBytes } from './patch.ts'
import type { HeldPatch, Patch, Reading, RegionalTools } from './regional.ts'

/** Labels found in a whole volume, until they are released. */
export interface LabelState {
  readonly labels: NativeLabels
  /** The greatest one that will be painted. */
  readonly greatest: number
}

/** Shows a new state every part of the input, in order, one being read while the one before is looked at; `check` may throw. */
export async function gatherLabels(
  tools: RegionalTools,
  parts: readonly Region[],
  check: (greatest: number) => void,
  create: (addon: Addon) => NativeLabels,
): Promise<LabelState> {
  const labels = callNative(create)
  let next: Promise<HeldPatch> | undefined
  const readPart = (k: number) => {
    next = k < parts.length ? tools.read(0, parts[k] as Region) : undefined
    // It may fail while nobody waits for it yet.
    next?.catch(() => {})
    return next
  }
  readPart(0)
  try {
    for (let k = 0; k < parts.length; k++) {
      const patch = (await next) as HeldPatch
      readPart(k + 1)
      try {
        const { view, start, extent } = patch
        await tools.work((addon) => addon.labelAdd(labels, { view, start, extent }, tools.threads))
      } finally {
        patch.release()
      }
      tools.progress((k + 1) / parts.length)
    }
    const { greatest } = await tools.work((addon) => addon.labelFinish(labels, tools.threads))
    check(greatest)
    return { labels, greatest }
  } catch (error) {
    await next?.then(
      (patch) => patch.release(),
      () => {},
    )
    callNative((addon) => addon.labelRelease(labels))
    throw error
  }
}

/** Makes the voxels of an output. */
export async function paintLabels(
  tools: RegionalTools,
  { labels }: LabelState,
  input: Patch | null,
  output: Patch,
): Promise<void> {
  await tools.work((addon) => addon.labelPaint(labels, input, output, tools.threads))
}

/** Ends a state. */
export function releaseLabels({ labels }: LabelState): void {
  callNative((addon) => addon.labelRelease(labels))
}

/** Bytes of a part of the input that is read while another one is looked at. */
export function partBytes(room: number): number {
  return Math.min(Math.floor(room / 6), 64 * 2 ** 20)
}

/** How parts of an input are read while labels are gathered; `bytes` are taken beside them. */
export function partReadings(info: Info, parts: readonly Region[], bytes: number): readonly Reading[] {
  const [region] = parts as readonly [Region]
  return [{ input: 0, region, beside: bytes + (parts.length > 1 ? regionBytes(info, region) : 0) }]
}

/** Most bytes of a table of labels: how many there are is known only when all have been seen. */
export function tableBytes(room: number): number {
  return Math.max(Math.floor(room / 4), 8 * 2 ** 20)
}

/** Throws `Filter` when a dtype cannot hold every label. */
export function checkLabelRange(filter: string, dtype: DType, greatest: number): void {
  const most = isInteger(dtype) ? limitsOf(dtype)[1] : dtype === 'float32' ? 2 ** 24 : Number.MAX_SAFE_INTEGER
  if (greatest <= most) return
  throw new VoxlineError(
    'Filter',
    `${filter}: ${greatest} labels do not fit ${dtype}, ask for a wider dtype`,
    {
      filter,
      dtype,
      labels: greatest,
    },
  )
}
