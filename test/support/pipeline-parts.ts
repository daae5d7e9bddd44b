import { codeOf, type DType, dtypes } from '../../ts/core/dtype.ts'
import { makeGeometry } from '../../ts/geometry/make-geometry.ts'
import type { NativeKernel, NativeMemory } from '../../ts/native/addon.ts'
import { kernelFields } from '../../ts/native/kernels.ts'
import type { AnyStep } from '../../ts/pipeline/define-filter.ts'
import { type KernelTable, kernelTable } from '../../ts/pipeline/encode-plan.ts'
import type { Info } from '../../ts/pipeline/info.ts'
import type { Chain } from '../../ts/pipeline/negotiate.ts'
import type { Scaling } from '../../ts/pipeline/storage.ts'

/** The addon's kernels as the generated table names them, built for every pair of types: for tests of plans without the addon. */
export const anyKernels: KernelTable = kernelTable(
  Object.entries(kernelFields).map(([name, fields]): NativeKernel => {
    const types = dtypes.flatMap((a) => dtypes.map((b) => [codeOf(a), codeOf(b)] as const))
    const list = Object.entries(fields).map(([field, kind]) => ({ name: field, kind: kind as 'number' }))
    return { name, shape: 'point', inputs: 1, fields: list, types }
  }),
)

/** Facts of a volume that is nowhere. */
export function infoOf(
  shape: readonly number[],
  dtype: DType,
  more: Partial<Info> & { spacing?: readonly number[] } = {},
): Info {
  const { spacing, ...rest } = more
  const geometry = makeGeometry(shape.length, spacing ? { spacing } : {})
  return { shape, dtype, components: 1, geometry, header: {}, ...rest }
}

export const nowhere = { kind: 'nowhere' } as unknown as NativeMemory

/** A chain over a volume in memory that does not exist. */
export function chainOf(
  info: Info,
  steps: readonly AnyStep[],
  scaling: Scaling | null = null,
  stored = info.dtype,
): Chain {
  const storage = {
    kind: 'view',
    memory: nowhere,
    dtype: stored,
    offset: 0,
    strides: info.shape.map(() => 1),
  } as const
  return { source: { storage, scaling, label: 'source' }, info, steps: steps.map((step) => step.bind()) }
}
