import { optional } from './params/declared.ts'
import { operand, volume, volumes } from './params/inputs.ts'
import { affine, axes, indices, limits, list, perAxis } from './params/lists.ts'
import { boolean, choice, dtype, int, number, orientation, value } from './params/single.ts'

export type { Param, Presence, ValueOf } from './params/declared.ts'

/** Declarations of options. */
export const param = {
  int,
  number,
  value,
  boolean,
  choice,
  dtype,
  perAxis,
  axes,
  indices,
  list,
  range: limits,
  operand,
  volume,
  volumes,
  orientation,
  affine,
  optional,
} as const
