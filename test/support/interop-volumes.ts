import type { DType, TypedArray, Value } from '../../ts/core/dtype.ts'
import { arrayClass, dtypes, isBig } from '../../ts/core/dtype.ts'
import type { Affine } from '../../ts/geometry/affine.ts'
import { Volume } from '../../ts/volume/volume.ts'
import { indicesOf } from './example-volume.ts'
import { refusal } from './refusal.ts'

/** An oblique grid with axes at right angles: columns of length 2, 3 and 4.5. */
export const oblique: Affine = [
  [2 * 0.6, -3 * 0.8, 0, 31.5],
  [2 * 0.8 * 0.28, 3 * 0.6 * 0.28, -4.5 * 0.96, -17.25],
  [2 * 0.8 * 0.96, 3 * 0.6 * 0.96, 4.5 * 0.28, 44.125],
  [0, 0, 0, 1],
]

/** An array of distinct values, in the element type. */
export function distinct<D extends DType>(dtype: D, length: number): TypedArray<D> {
  const array = new (arrayClass(dtype))(length) as TypedArray<D>
  for (let i = 0; i < length; i++) array[i] = (isBig(dtype) ? BigInt(i % 251) : i % 251) as Value<D>
  return array
}

/** A canonical volume of distinct values on the oblique grid. */
export function dense<D extends DType>(
  dtype: D,
  shape: readonly number[] = [5, 4, 3],
  components = 1,
): Volume<D> {
  const length = shape.reduce((product, n) => product * n, components)
  return Volume.wrap<D>(distinct(dtype, length), { shape, components, affine: oblique })
}

/** Ways a volume may lie in memory, with whether it is dense with axis 0 fastest and fills its buffer. */
export function layouts(): { name: string; volume: Volume; canonical: boolean }[] {
  const base = () => dense('int16', [5, 4, 3])
  return [
    { name: 'canonical', volume: base(), canonical: true },
    { name: 'flipped', volume: base().flip([0, 2]), canonical: false },
    { name: 'permuted', volume: base().permute([2, 0, 1]), canonical: false },
    { name: 'turned to PIL', volume: base().flipToOrientation('PIL'), canonical: false },
    { name: 'a view', volume: base().view({ start: [1, 1, 1], shape: [3, 2, 2] }), canonical: false },
    {
      name: 'a flipped view',
      volume: base()
        .view({ start: [1, 0, 1] })
        .flip([1]),
      canonical: false,
    },
    {
      name: 'whole slices of a larger volume',
      volume: base().view({ start: [0, 0, 1], shape: [5, 4, 2] }),
      canonical: false,
    },
    { name: 'one voxel thick', volume: dense('int16', [5, 1, 3]).flip([1]), canonical: true },
    {
      name: 'of own memory',
      volume: filled(Volume.create({ shape: [5, 4, 3], dtype: 'int16', affine: oblique })),
      canonical: true,
    },
    {
      name: 'with a margin',
      volume: filled(Volume.create({ shape: [5, 4, 3], dtype: 'int16', affine: oblique, margin: 2 })),
      canonical: false,
    },
    { name: 'RGB', volume: dense('uint8', [5, 4, 3], 3), canonical: true },
    { name: 'RGB, flipped', volume: dense('uint8', [5, 4, 3], 3).flip([0]), canonical: false },
    ...dtypes.map((dtype) => ({ name: dtype, volume: dense(dtype), canonical: true })),
  ] as { name: string; volume: Volume; canonical: boolean }[]
}

function filled(volume: Volume<'int16'>): Volume<'int16'> {
  let value = 0
  for (const index of indicesOf(volume.shape)) volume.set(value++, ...index)
  return volume
}

/** The values of a voxel, one per component. */
export function valuesAt(volume: Volume, index: readonly number[]): (number | bigint)[] {
  if (volume.components === 1) return [volume.get(...index)]
  return Array.from({ length: volume.components }, (_, c) => volume.get(...index, c))
}

/** Between LPS and RAS. */
export function mirrored(position: ArrayLike<number>): number[] {
  return [-(position[0] as number), -(position[1] as number), position[2] as number]
}

/** The greatest distance of two positions along an axis. */
export function apart(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Math.max(...Array.from(a, (value, k) => Math.abs(value - (b[k] as number))))
}

/** Fails unless the promise is rejected with the package's error of this code, about this argument. */
export async function rejected(
  run: () => Promise<unknown>,
  ...expected: Parameters<typeof refusal>
): Promise<void> {
  const reason = await run().then(
    () => new Error('it was accepted'),
    (error: unknown) => error,
  )
  refusal(...expected)(reason)
}
