import type { AnyStep, FilterFacts } from '../index.ts'
import { UsageError, unknownWord } from './usage-error.ts'

/** A parameter's name on the command line. */
export function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}

/** The filter of a command-line name; throws `UsageError` for an unknown one. */
export function filterNamed(name: string, known: readonly FilterFacts[]): FilterFacts {
  const found = known.find(({ op }) => op === name)
  if (found !== undefined) return found
  throw unknownWord(
    'filter',
    name,
    known.map(({ op }) => op),
  )
}

/** Reads `filter[:parameter=value,…]`; throws `UsageError` naming filter and parameter. */
export function readStep(text: string, known: readonly FilterFacts[]): AnyStep {
  const colon = text.indexOf(':')
  const filter = filterNamed(colon < 0 ? text : text.slice(0, colon), known)
  const settings = colon < 0 ? [] : text.slice(colon + 1).split(',')
  const options: Record<string, unknown> = {}
  for (const setting of settings) {
    const [key, value] = readSetting(filter, setting)
    if (Object.hasOwn(options, key)) throw new UsageError(`${filter.op}:${kebab(key)} is given twice`)
    options[key] = value
  }
  const missing = Object.entries(filter.params).find(
    ([key, { presence }]) => presence === 'required' && !(key in options),
  )
  if (missing !== undefined)
    throw new UsageError(`${filter.op}:${kebab(missing[0])} is missing: ${missing[1].expected}`)
  return filter.step(options)
}

/** Reads the steps of a command line. */
export function readSteps(texts: readonly string[], known: readonly FilterFacts[]): readonly AnyStep[] {
  return texts.map((text) => readStep(text, known))
}

function readSetting(filter: FilterFacts, setting: string): readonly [key: string, value: unknown] {
  const equals = setting.indexOf('=')
  const name = equals < 0 ? setting : setting.slice(0, equals)
  const declared = Object.entries(filter.params).find(([key]) => kebab(key) === name)
  if (declared === undefined)
    throw unknownWord(`parameter of ${filter.op}`, name, Object.keys(filter.params).map(kebab))
  const [key, param] = declared
  const text = equals < 0 ? '' : setting.slice(equals + 1)
  const value = param.parse(text)
  if (param.check(value)) return [key, value]
  throw new UsageError(`${filter.op}:${name} must be ${param.expected}, received ${JSON.stringify(text)}`)
}
