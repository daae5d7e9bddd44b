import { invalidArgument } from '../core/errors.ts'
import type { Params } from './define-filter.ts'
import { isVolumeOperand } from './operand.ts'
import type { Param } from './param.ts'

/** The options themselves; anything but an object is `InvalidArgument`. */
export function checkedObject(name: string, given: unknown): object {
  if (typeof given === 'object' && given !== null && !Array.isArray(given)) return given
  throw invalidArgument(`${name} options`, 'an object', given)
}

/** Checks options against their declarations and fills in the defaults; the result is frozen. */
export function settle(name: string, params: Params, given: object): Readonly<Record<string, unknown>> {
  const values = checkedObject(name, given) as Record<string, unknown>
  for (const key of Object.keys(values)) {
    if (Object.hasOwn(params, key)) continue
    throw invalidArgument(
      `${name}.${key}`,
      `left out: ${name} has no such option (it has ${optionList(params)})`,
      values[key],
    )
  }
  const settled: Record<string, unknown> = {}
  for (const [key, declared] of Object.entries(params))
    settled[key] = settledValue(`${name}.${key}`, declared, values[key])
  return Object.freeze(settled)
}

function optionList(params: Params): string {
  return Object.keys(params).join(', ') || 'none'
}

function settledValue(argument: string, declared: Param<unknown>, value: unknown): unknown {
  if (value === undefined && declared.presence !== 'required') return declared.default
  if (!declared.check(value)) throw invalidArgument(argument, declared.expected, value)
  return frozen(value)
}

function frozen(value: unknown): unknown {
  return Array.isArray(value) ? Object.freeze(value.map(frozen)) : value
}

/** Whether two options say the same: arrays and objects by content, volumes only when they are one. */
export function sameContent(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true
  if (isVolumeOperand(a) || isVolumeOperand(b)) return false
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  const [keysA, keysB] = [Object.keys(a), Object.keys(b)]
  if (keysA.length !== keysB.length) return false
  return keysA.every(
    (key) => Object.hasOwn(b, key) && sameContent(a[key as keyof typeof a], b[key as keyof typeof b]),
  )
}
