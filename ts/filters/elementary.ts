import { dtypeParams } from '../pipeline/common-params.ts'
import { defineFilter } from '../pipeline/define-filter.ts'
import { asRealOrAsked } from '../pipeline/info.ts'
import { point } from '../pipeline/stage.ts'

const functions = ['sqrt', 'exp', 'log'] as const

/** A function of every voxel, in the real type. */
export function elementaryFilter(name: (typeof functions)[number], summary: string) {
  return defineFilter({
    name,
    summary,
    params: dtypeParams,
    output: asRealOrAsked,
    stages: () => [point('elementary', { function: functions.indexOf(name) })],
  })
}
