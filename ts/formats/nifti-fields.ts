import { invalidArgument } from '../core/errors.ts'
import type { Header } from '../volume/header.ts'
import type { NiftiHeader, NiftiNumber, NiftiText } from './nifti-header.ts'
import { bytesOfText, textOf, wholeTextOf } from './nifti-text.ts'

type Typed = Pick<Header, 'description' | 'auxiliaryFile' | 'intent' | 'units' | 'timing' | 'display'>
type Units = NonNullable<Header['units']>
type Numbers = Partial<Record<NiftiNumber, readonly number[]>>

const spaceUnits: readonly (readonly [number, Units['space']])[] = [
  [0, 'unknown'],
  [1, 'm'],
  [2, 'mm'],
  [3, 'um'],
]
const timeUnits: readonly (readonly [number, Units['time']])[] = [
  [0, 'unknown'],
  [8, 's'],
  [16, 'ms'],
  [24, 'us'],
  [32, 'hz'],
  [40, 'ppm'],
  [48, 'rads'],
]

/** Which stored fields hold each part of a volume's header, and how they are read and made. */
interface Group<Key extends keyof Typed> {
  readonly key: Key
  readonly numbers: readonly NiftiNumber[]
  readonly texts: readonly NiftiText[]
  read(header: NiftiHeader): Typed[Key]
  make(value: NonNullable<Typed[Key]> | undefined): {
    readonly numbers?: Numbers
    readonly texts?: Partial<Record<NiftiText, string>>
  }
}

function group<Key extends keyof Typed>(value: Group<Key>): Group<Key> {
  return value
}

function first(header: NiftiHeader, name: NiftiNumber): number {
  return header.numbers[name][0] ?? 0
}

const description = group({
  key: 'description',
  numbers: [],
  texts: ['description'],
  read: (header) => wholeTextOf(header.texts.description) || undefined,
  make: (value) => ({ texts: { description: value ?? '' } }),
})

const auxiliaryFile = group({
  key: 'auxiliaryFile',
  numbers: [],
  texts: ['auxiliaryFile'],
  read: (header) => textOf(header.texts.auxiliaryFile) || undefined,
  make: (value) => ({ texts: { auxiliaryFile: value ?? '' } }),
})

const intent = group({
  key: 'intent',
  numbers: ['intentCode', 'intentParameters'],
  texts: ['intentName'],
  read(header) {
    const [p = 0, q = 0, r = 0] = header.numbers.intentParameters
    const name = textOf(header.texts.intentName)
    const code = first(header, 'intentCode')
    if (code === 0 && name === '' && p === 0 && q === 0 && r === 0) return undefined
    return { code, name, parameters: [p, q, r] }
  },
  make: (value) => ({
    numbers: { intentCode: [value?.code ?? 0], intentParameters: value?.parameters ?? [0, 0, 0] },
    texts: { intentName: value?.name ?? '' },
  }),
})

const units = group({
  key: 'units',
  numbers: ['units'],
  texts: [],
  read(header) {
    const code = first(header, 'units')
    const space = spaceUnits.find(([known]) => known === (code & 7))?.[1] ?? 'unknown'
    const time = timeUnits.find(([known]) => known === (code & 0x38))?.[1] ?? 'unknown'
    return { space, time }
  },
  make(value = { space: 'mm', time: 'unknown' }) {
    const space = spaceUnits.find(([, name]) => name === value.space)?.[0] ?? 0
    const time = timeUnits.find(([, name]) => name === value.time)?.[0] ?? 0
    return { numbers: { units: [space + time] } }
  },
})

const timing = group({
  key: 'timing',
  numbers: ['timeOffset', 'sliceCode', 'sliceStart', 'sliceEnd', 'sliceDuration', 'dimInfo'],
  texts: [],
  read(header) {
    if (this.numbers.every((name) => first(header, name) === 0)) return undefined
    const axes = first(header, 'dimInfo')
    const axis = (shift: number): number | null => {
      const stored = (axes >> shift) & 3
      return stored === 0 || stored > first(header, 'dim') ? null : stored - 1
    }
    return {
      offset: first(header, 'timeOffset'),
      sliceCode: first(header, 'sliceCode'),
      sliceStart: first(header, 'sliceStart'),
      sliceEnd: first(header, 'sliceEnd'),
      sliceDuration: first(header, 'sliceDuration'),
      frequencyAxis: axis(0),
      phaseAxis: axis(2),
      sliceAxis: axis(4),
    }
  },
  make(value) {
    const bits = (axis: number | null | undefined): number =>
      axis === null || axis === undefined || axis > 2 ? 0 : axis + 1
    return {
      numbers: {
        timeOffset: [value?.offset ?? 0],
        sliceCode: [value?.sliceCode ?? 0],
        sliceStart: [value?.sliceStart ?? 0],
        sliceEnd: [value?.sliceEnd ?? 0],
        sliceDuration: [value?.sliceDuration ?? 0],
        dimInfo: [bits(value?.frequencyAxis) | (bits(value?.phaseAxis) << 2) | (bits(value?.sliceAxis) << 4)],
      },
    }
  },
})

const display = group({
  key: 'display',
  numbers: ['displayMin', 'displayMax'],
  texts: [],
  read(header) {
    const [min, max] = [first(header, 'displayMin'), first(header, 'displayMax')]
    const isSet = Number.isFinite(min) && Number.isFinite(max) && (min !== 0 || max !== 0)
    return isSet ? { min, max } : undefined
  },
  make: (value) => ({ numbers: { displayMin: [value?.min ?? 0], displayMax: [value?.max ?? 0] } }),
})

/** The parts of a volume's header that NIfTI has fields for; absent where the fields are empty. */
export function typedFields(header: NiftiHeader): Typed {
  const typed: { -readonly [Key in keyof Typed]: Typed[Key] } = {}
  const take = <Key extends keyof Typed>({ key, read }: { key: Key; read(): Typed[Key] }): void => {
    const value = read()
    if (value !== undefined) typed[key] = value
  }
  take({ key: 'description', read: () => description.read(header) })
  take({ key: 'auxiliaryFile', read: () => auxiliaryFile.read(header) })
  take({ key: 'intent', read: () => intent.read(header) })
  take({ key: 'units', read: () => units.read(header) })
  take({ key: 'timing', read: () => timing.read(header) })
  take({ key: 'display', read: () => display.read(header) })
  return typed
}

/**
 * Fills a NIfTI header's fields from a volume's header and says what was lost. A part that still is as `original` states it
 * keeps that header's fields as they are.
 */
export function fillFields(target: NiftiHeader, header: Header, original: NiftiHeader | null): string[] {
  const fill = <Key extends keyof Typed>(part: Group<Key>): string[] => {
    const value = header[part.key] as Typed[Key]
    if (original !== null && isAlike(part.read(original), value)) {
      for (const name of part.numbers) target.numbers[name] = original.numbers[name]
      for (const name of part.texts) target.texts[name] = original.texts[name]
      return []
    }
    const { numbers = {}, texts = {} } = part.make(value ?? undefined)
    Object.assign(target.numbers, numbers)
    return Object.entries(texts).flatMap(([name, text]) => fillText(target, name as NiftiText, text ?? ''))
  }
  return [
    ...fill(description),
    ...fill(auxiliaryFile),
    ...fill(intent),
    ...fill(units),
    ...fill(timing),
    ...fill(display),
  ]
}

function fillText(target: NiftiHeader, name: NiftiText, text: string): string[] {
  if (typeof text !== 'string') throw invalidArgument(`header.${name}`, 'a string', text)
  const { bytes, cut } = bytesOfText(text, target.texts[name].length)
  target.texts[name] = bytes
  return cut ? [`${name}: cut to ${target.texts[name].length - 1} bytes`] : []
}

function isAlike(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}
