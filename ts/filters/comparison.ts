import { bytesOf, type DType, isBig, isInteger } from '../core/dtype.ts'
import { dtypeParams, gridParams } from '../pipeline/common-params.ts'
import { defineFilter } from '../pipeline/define-filter.ts'
import { resolveDType } from '../pipeline/info.ts'
import { param } from '../pipeline/param.ts'
import { type KernelStage, point } from '../pipeline/stage.ts'
import { valueBeside } from '../pipeline/words.ts'
import { band, type Limits } from './masks.ts'
import { isNumber } from './operands.ts'

/** How the `compare` kernel counts the ways in which one number can stand to another. */
export const outcome = { less: 1, equal: 2, greater: 4, unordered: 8 } as const

const relations = {
  equal: outcome.equal,
  notEqual: outcome.less + outcome.greater + outcome.unordered,
  less: outcome.less,
  lessEqual: outcome.less + outcome.equal,
  greater: outcome.greater,
  greaterEqual: outcome.greater + outcome.equal,
} as const

type Relation = keyof typeof relations

/** A mask of the voxels that stand in a relation to a number or to another volume's voxels, compared as real numbers. */
export function comparisonFilter(name: Relation, summary: string) {
  return defineFilter({
    name,
    summary,
    params: {
      operand: param.operand({ doc: 'What voxels are compared with.' }),
      ...gridParams,
      ...dtypeParams,
    },
    positional: 'operand',
    metadata: 'labels',
    output: (input, { dtype }) => ({ ...input, dtype: resolveDType(dtype ?? 'uint8', input.dtype) }),
    stages: ({ dtype }, { operand }, operands) => {
      if (isNumber(operand)) return [comparedWithNumber(dtype, name, operand)]
      return comparedWithVolume(dtype, name, operands.get('operand')?.dtype ?? dtype)
    },
  })
}

function comparedWithNumber(dtype: DType, relation: Relation, number: number | bigint): KernelStage {
  const isNegated = relation === 'notEqual'
  const bytes = { inside: isNegated ? 0 : 1, outside: isNegated ? 1 : 0, unordered: isNegated ? 1 : 0 }
  return band(dtype, limitsOfRelation(dtype, relation, number), bytes)
}

function limitsOfRelation(dtype: DType, relation: Relation, number: number | bigint): Limits {
  if (relation === 'less') return { above: valueBeside(dtype, number, 'below') }
  if (relation === 'lessEqual') return { above: number }
  if (relation === 'greater') return { below: valueBeside(dtype, number, 'above') }
  if (relation === 'greaterEqual') return { below: number }
  return { below: number, above: number }
}

function comparedWithVolume(first: DType, relation: Relation, second: DType): readonly KernelStage[] {
  const outcomes = relations[relation]
  const dtype = commonOf(first, second)
  if (dtype !== null)
    return [point('compare', { outcomes, first: 0, second: 0 }, { dtype, out: 'uint8', with: ['operand'] })]
  const [a, b] = [asWord(first), asWord(second)]
  const params = { outcomes, first: a.code, second: b.code }
  const operand = { option: 'operand', stages: b.stages }
  return [...a.stages, point('compare', params, { dtype: 'int64', out: 'uint8', with: [operand] })]
}

// An element type the kernel is built for that holds every value of both.
function commonOf(a: DType, b: DType): DType | null {
  const holds = (fits: (dtype: DType) => boolean) => fits(a) && fits(b)
  if (holds((dtype) => dtype === 'uint8')) return 'uint8'
  if (holds((dtype) => dtype === 'float32' || bytesOf(dtype) <= 2)) return 'float32'
  if (holds((dtype) => !isBig(dtype))) return 'float64'
  return holds((dtype) => isInteger(dtype) && dtype !== 'uint64') ? 'int64' : null
}

interface Word {
  /** What the kernel makes of it. */
  readonly code: number
  readonly stages: readonly KernelStage[]
}

// A 64-bit word for every value of an element type; what an int64 holds needs no stage of its own.
function asWord(dtype: DType): Word {
  if (isInteger(dtype) && dtype !== 'uint64') return { code: 0, stages: [] }
  const wide = isInteger(dtype) ? 'uint64' : 'float64'
  const stages = [point('order_encode', {}, { dtype: wide, out: 'int64' })]
  return { code: wide === 'uint64' ? 1 : 2, stages }
}
