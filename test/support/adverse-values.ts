import { isBig, isInteger, limitsOf } from '../../ts/core/dtype.ts'
import { type DType, Volume } from '../../ts/index.ts'

/** Values at which element types differ: their ends, what float32 and float64 cannot hold, and what only floats have. */
export function adverseValues(dtype: DType): readonly (number | bigint)[] {
  if (!isInteger(dtype)) {
    const beside = [2 ** 63, 2 ** 64, 2 ** 53, 2 ** 24 + 2, 0.5, 0.1, 300, 128]
    const own =
      dtype === 'float32' ? beside.map(Math.fround) : [...beside, 2 ** 53 - 1, 2 ** 63 - 1024, 1e300]
    return [0, -0, ...own, ...own.map((x) => -x), Infinity, -Infinity, Number.NaN, 1, -1, 1e-42]
  }
  const [low, high] = limitsOf(dtype).map(BigInt) as [bigint, bigint]
  const wanted = [
    0n,
    1n,
    2n,
    127n,
    128n,
    255n,
    300n,
    2n ** 24n + 1n,
    2n ** 53n,
    2n ** 53n + 1n,
    2n ** 63n,
    2n ** 63n + 1n,
  ]
  const all = [low, low + 1n, high - 1n, high, ...wanted, ...wanted.map((x) => -x)]
  const held = all.filter((x) => x >= low && x <= high)
  return isBig(dtype) ? held : held.map(Number)
}

/** A row of voxels with these values. */
export function rowOf(values: readonly (number | bigint)[], dtype: DType): Volume {
  const volume = Volume.create({ shape: [values.length], dtype })
  values.forEach((value, i) => {
    volume.data[i] = (isBig(dtype) ? BigInt(value) : Number(value)) as never
  })
  volume.touch()
  return volume
}

/** Every value of one list with every value of another, as two rows. */
export function pairsOf<A, B>(
  a: readonly A[],
  b: readonly B[],
): { readonly first: A[]; readonly second: B[] } {
  const pairs = a.flatMap((x) => b.map((y) => [x, y] as const))
  return { first: pairs.map(([x]) => x), second: pairs.map(([, y]) => y) }
}
