import { checkIntegers, checkOptions } from '../core/check.ts'
import { type DType, dtypes, isBig, isDType, isInteger, limitsOf, type Value } from '../core/dtype.ts'
import { invalidArgument, VoxlineError } from '../core/errors.ts'
import { checkedBytes, sameNumbers } from '../core/shape.ts'
import { identityMap, translation } from '../geometry/index-map.ts'
import { turn } from '../geometry/orientation.ts'
import { awaitNative } from '../native/errors.ts'
import { Allocation } from './allocation.ts'
import { type Layout, parseLayout, placementIn } from './memory-order.ts'
import { allocationOf, moveParts, nativeView, type VolumeParts, writableAllocationOf } from './parts.ts'
import { intersect } from './region.ts'
import type { Volume } from './volume.ts'

export interface CopyOptions<D extends DType = DType> {
  /** Element type to convert to: integers half to even, saturating, NaN to 0. */
  readonly dtype?: D
  /** Memory order; the index order by default. */
  readonly layout?: Layout
}

/** Keeps the allocations while `work` goes on, even if their volumes are disposed meanwhile. */
export async function owning<T>(allocations: readonly Allocation[], work: () => Promise<T>): Promise<T> {
  for (const allocation of allocations) allocation.retain()
  try {
    return await work()
  } finally {
    for (const allocation of allocations) allocation.release()
  }
}

/**
 * Does the same for work that writes to `target`: its version rises before, so that nobody trusts what is
 * half written, and after.
 */
export async function writing(
  target: Allocation,
  others: readonly Allocation[],
  work: () => Promise<void>,
): Promise<void> {
  target.version++
  await owning([target, ...others], async () => {
    try {
      await work()
    } finally {
      target.version++
    }
  })
}

/** The value as an element type. */
export function checkDType(argument: string, value: unknown): DType {
  if (isDType(value)) return value
  throw invalidArgument(argument, `one of ${dtypes.join(', ')}`, value)
}

/** A dense copy in new memory; indices, header and storage mapping stay. */
export async function copyOf<D extends DType>(
  parts: VolumeParts,
  options: CopyOptions<D>,
  make: (parts: VolumeParts<D>) => Volume<D>,
): Promise<Volume<D>> {
  checkOptions('options', options, ['dtype', 'layout'])
  const source = allocationOf(parts, 'copy')
  const dtype = checkDType('dtype', options.dtype ?? parts.dtype) as D
  const { shape, components, geometry } = parts
  const own = geometry.directions
  const order = options.layout === undefined ? own : parseLayout(options.layout, own, parts.storage)
  const placement = placementIn(order, own, shape, components)
  const from = nativeView(parts, 'copy')
  const allocation = Allocation.allocate(checkedBytes(shape, components, dtype), false)
  const header = parts.header.moved(identityMap(shape.length), { geometry, shape })
  const copied: VolumeParts<D> = { ...parts, ...placement, dtype, allocation, header, parent: null }
  return owning([source, allocation], async () => {
    await awaitNative((addon) => addon.copy(from, nativeView(copied, 'copy'), 0))
    return make(copied)
  })
}

/** Copies what `source` and the volume share when the source's first voxel is put at `at`. */
export async function copyInto(
  target: VolumeParts,
  source: VolumeParts,
  at?: readonly number[],
): Promise<void> {
  const to = writableAllocationOf(target, 'copyFrom')
  const from = allocationOf(source, 'copyFrom')
  const rank = target.shape.length
  if (source.shape.length !== rank || source.components !== target.components)
    throw new VoxlineError(
      'ShapeMismatch',
      `source must have ${rank} axes of ${target.components} components, received [${source.shape}] of ${source.components}`,
      { expected: target.shape, received: source.shape },
    )
  const start = at === undefined ? target.shape.map(() => 0) : checkIntegers('at', at, rank)
  const aligned = moveParts(
    source,
    turn(source.geometry.directions, target.geometry.directions, source.shape, 'source'),
  )
  const overlap = intersect(
    { start, shape: aligned.shape },
    { start: start.map(() => 0), shape: target.shape },
  )
  if (overlap === null) return
  const inSource = overlap.start.map((first, axis) => first - (start[axis] as number))
  const there = nativeView(moveParts(target, translation(overlap.start), overlap.shape), 'copyFrom')
  const here = nativeView(moveParts(aligned, translation(inSource), overlap.shape), 'copyFrom')
  await writing(to, [from], () => awaitNative((addon) => addon.copy(here, there, 0)))
}

/** The value as one the element type can hold. */
export function checkValue<D extends DType>(argument: string, value: unknown, dtype: D): Value<D> {
  const [low, high] = limitsOf(dtype)
  if (!isInteger(dtype)) {
    if (typeof value === 'number') return value as Value<D>
    throw invalidArgument(argument, 'a number', value)
  }
  const whole = typeof value === 'bigint' || Number.isSafeInteger(value)
  const inside = whole && (value as number | bigint) >= low && (value as number | bigint) <= high
  if (!inside) throw invalidArgument(argument, `an integer in [${low}, ${high}]`, value)
  return (isBig(dtype) ? BigInt(value as number) : Number(value)) as Value<D>
}

/** Sets every element. */
export async function fillWith(parts: VolumeParts, value: unknown): Promise<void> {
  const allocation = writableAllocationOf(parts, 'fill')
  const checked = checkValue('value', value, parts.dtype)
  const view = nativeView(parts, 'fill')
  await writing(allocation, [], () => awaitNative((addon) => addon.fill(view, checked)))
}

/** Compares shapes, element types and voxels in index order; NaN equals NaN. */
export async function sameVoxels(
  a: VolumeParts,
  b: VolumeParts,
  options: { readonly geometry?: boolean },
): Promise<boolean> {
  checkOptions('options', options, ['geometry'])
  const [mine, its] = [allocationOf(a, 'equals'), allocationOf(b, 'equals')]
  if (a.dtype !== b.dtype || a.components !== b.components || !sameNumbers(a.shape, b.shape)) return false
  if (options.geometry && !sameGeometry(a, b)) return false
  const [left, right] = [nativeView(a, 'equals'), nativeView(b, 'equals')]
  return owning([mine, its], () => awaitNative((addon) => addon.equals(left, right)))
}

function sameGeometry(a: VolumeParts, b: VolumeParts): boolean {
  const [left, right] = [a.geometry, b.geometry]
  return (
    sameNumbers(left.affine.flat(), right.affine.flat()) &&
    sameNumbers(left.spacing, right.spacing) &&
    left.orientation === right.orientation
  )
}
