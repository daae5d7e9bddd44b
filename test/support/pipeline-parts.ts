import { codeOf, type DType, dtypes } from '../../ts/core/dtype.ts'
import { makeGeometry } from '../../ts/geometry/make-geometry.ts'
import type { NativeKernel, NativeMemory } from '../../ts/native/addon.ts'
import { kernelFields } from '../../ts/native/kernels.ts'
import type { AnyStep } from '../../ts/pipeline/define-filter.ts'
import { type KernelTable, kernelTable } from '../../ts/pipeline/encode-plan.ts'
import type { PassGraph } from '../../ts/pipeline/graph.ts'
import { type Info, outputOf } from '../../ts/pipeline/info.ts'
import { nextPass, type PassedBarrier } from '../../ts/pipeline/negotiate.ts'
import type { PreparedNode } from '../../ts/pipeline/prepared.ts'
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
): PreparedNode {
  const strides = info.shape.map(() => 1)
  const storage = { kind: 'view', memory: nowhere, dtype: stored, offset: 0, strides } as const
  const origin = { storage: null, warnings: [], header: {} as never }
  const label = 'source'
  const facts = { strides, origin, label, stamp: [] }
  const opened = {
    info,
    storage,
    scaling,
    storedScaling: null,
    allocation: null,
    close: async () => {},
    ...facts,
  }
  let node: PreparedNode = { kind: 'source', source: opened, info, ...facts }
  for (const one of steps) {
    const step = one.bind()
    const next: Info = outputOf(step, node.info)
    node = { kind: 'fused', step, input: node, operands: new Map(), info: next, ...facts, label: step.name }
  }
  return node
}

/** The next pass towards a node that no regional step supplies. */
export function passOf(node: PreparedNode, passed: readonly PassedBarrier[] = [], keep = false): PassGraph {
  const suppliesOf = () => {
    throw new Error('there is no regional step')
  }
  return nextPass(node, passed, { suppliesOf, keep })
}
