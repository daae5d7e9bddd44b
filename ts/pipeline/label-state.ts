import { tmpdir } from 'node:os'
import { type DType, isInteger, limitsOf } from '../core/dtype.ts'
import { VoxlineError } from '../core/errors.ts'
import type { Addon, NativeLabels, RenumberingSpec } from '../native/addon.ts'
import { callNative } from '../native/errors.ts'
import type { Region } from '../volume/region.ts'
import type { HeldPatch, Patch, Reading, RegionalTools } from './regional.ts'

/** Labels found in a whole volume, until they are released. */
export interface LabelState {
  readonly labels: NativeLabels
  /** The greatest one that will be painted. */
  readonly greatest: number
}

type TableSpace = Pick<RenumberingSpec, 'tableBytes' | 'folder'>

/** How labels are gathered. */
interface Gathering {
  /** Of the input, in order. */
  readonly parts: readonly Region[]
  /** How many workers have memory for their work; the run's by default. */
  readonly workers?: number
  readonly create: (addon: Addon) => NativeLabels
  /** May throw. */
  readonly check: (greatest: number) => void
}

/** Shows a new state every part of the input, one being read while the one before is looked at. */
export async function gatherLabels(
  tools: RegionalTools,
  { parts, workers, create, check }: Gathering,
): Promise<LabelState> {
  const threads = workers === undefined ? tools.threads : Math.min(workers, tools.threads || workers)
  const labels = callNative(create)
  let next: Promise<HeldPatch> | undefined
  const readPart = (k: number) => {
    next = k < parts.length ? tools.read(0, parts[k] as Region) : undefined
    // It may fail while nobody waits for it yet.
    next?.catch(() => {})
  }
  readPart(0)
  try {
    for (let k = 0; k < parts.length; k++) {
      const patch = (await next) as HeldPatch
      readPart(k + 1)
      try {
        const { view, start, extent } = patch
        await tools.work((addon) => addon.labelAdd(labels, { view, start, extent }, threads))
      } finally {
        patch.release()
      }
      tools.progress((k + 1) / parts.length)
    }
    const { greatest } = await tools.work((addon) => addon.labelFinish(labels, threads))
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

// Smaller parts take little less memory of their own, and each is a run of its own.
const leastPart = 2 ** 18
const mostPart = 64 * 2 ** 20

/** Bytes of a part of the input that is read while another one is looked at. */
export function partBytes(room: number): number {
  return Math.max(leastPart, Math.min(Math.floor(room / 6), mostPart))
}

/** How parts of an input are read while the ones before them are looked at, which takes `work` bytes, beside `held` ones. */
export function partReadings(parts: readonly Region[], held: number, work: number): readonly Reading[] {
  // What makes the input may take more for one part than for another: less is cut off by borders between the ends.
  const several = new Set([0, 1, Math.floor(parts.length / 2), parts.length - 1])
  return [...several].flatMap((k) => {
    const [before, region] = [parts[k - 1], parts[k]]
    if (!region) return []
    const beside = before ? { beside: held + work, before } : { beside: held }
    return [{ input: 0, region, ...beside, after: held + work }]
  })
}

/** Bytes that a step holds of tables whose sizes only the voxels tell. */
export const heldTables = 2 ** 16

/** How much of such tables may lie in memory, and where the rest goes: of a budget that was asked for, a share as small as plans leave free. */
export function tableSpace({ budget, isBudgetGiven }: RegionalTools): TableSpace {
  const share = Math.floor(budget / (isBudgetGiven ? 64 : 4))
  return { tableBytes: Math.max(heldTables, share), folder: tmpdir() }
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
