import type { Volume } from '../volume/volume.ts'
import type { Info } from './info.ts'
import type { KeptSlot } from './kept-data.ts'
import { isVolumeOperand, type VolumeOperand } from './operand.ts'
import type { Param, Presence, ValueOf } from './param.ts'
import type { AnyRegional } from './regional.ts'
import { checkedObject, sameContent, settle } from './settle-options.ts'
import type { Measure, Part } from './stage.ts'
import { type DeclaredRegional, withNeeds } from './whole-inputs.ts'

/** Declarations of a filter's options by name. */
// biome-ignore lint/suspicious/noExplicitAny: a declaration's value type appears on both sides of its functions.
export type Params = Readonly<Record<string, Param<any, Presence>>>

type NeededKeys<P extends Params> = {
  [K in keyof P]: P[K] extends Param<infer _, infer Q> ? ('required' extends Q ? K : never) : never
}[keyof P]

type Flat<T> = { readonly [K in keyof T]: T[K] }

/** What a filter is called with. */
export type Options<P extends Params> = Flat<
  { [K in NeededKeys<P>]: ValueOf<P[K]> } & {
    [K in Exclude<keyof P, NeededKeys<P>>]?: ValueOf<P[K]> | undefined
  }
>

/** A filter's options, checked and with defaults. */
export type Settled<P extends Params> = { readonly [K in keyof P]: ValueOf<P[K]> }

/** What is known of the volumes among a filter's options, by option; those of a list by `option[0]`, `option[1]`, … */
export type OperandInfos = ReadonlyMap<string, Info>

interface Declared<P extends Params> {
  /** camelCase. */
  readonly name: string
  /** One sentence for help and documentation. */
  readonly summary: string
  /** Its options. */
  readonly params: P
  /** Throws `InvalidArgument` for options that do not go together; called whenever options are given. */
  readonly check?: (options: Settled<P>) => void
  /** The option that is given first and by itself: `add(5)` for `operand`. */
  readonly positional?: keyof P & string
}

/** A filter that makes a volume. */
export interface FilterDeclaration<P extends Params> extends Declared<P> {
  /** What becomes of the header: voxels with other values (the default), or labels and masks. */
  readonly metadata?: 'values' | 'labels'
  /** What is known of the output; derived from the parts where it is left out. */
  readonly output?: (input: Info, options: Settled<P>, operands: OperandInfos) => Info
  /** What it is made of, for an input and settled options. */
  readonly stages: (input: Info, options: Settled<P>, operands: OperandInfos) => readonly Part[]
}

/** A filter that changes the grid, or needs more than a neighbourhood of each voxel. */
export interface RegionalDeclaration<P extends Params> extends Declared<P> {
  /** What becomes of the header: voxels with other values (the default), labels and masks, or the same voxels elsewhere. */
  readonly metadata?: 'values' | 'labels' | 'moved'
  /** Options whose volumes need not lie on the input's grid. */
  readonly ownGrids?: readonly string[]
  /** Options whose volumes need not either and give nothing but their grid: they are no inputs, and never read. */
  readonly gridsOnly?: readonly string[]
  /**
   * The axis along which the volumes among the options follow the input: along it they have lengths and places of their own. One
   * beyond the input's axes where each of them is a step along it.
   */
  readonly joinedAxis?: (input: Info, options: Settled<P>) => number
  /** What is known of the output. */
  readonly output: (input: Info, options: Settled<P>, operands: OperandInfos) => Info
  /** How regions of the output are made. Inputs are the first one and, in the order of `params`, those volumes among the options. */
  // biome-ignore lint/suspicious/noExplicitAny: only the step itself knows what it prepares.
  readonly regional: (input: Info, options: Settled<P>, operands: OperandInfos) => DeclaredRegional<any>
}

/** A filter that ends a pipeline with a plain object. */
export interface MeasureDeclaration<P extends Params, R> extends Declared<P> {
  /** What it reduces and what it makes of the numbers. */
  readonly measure: (input: Info, options: Settled<P>, operands: OperandInfos) => Measure<R>
}

/** A step with the options it has at one moment. */
export interface BoundStep<R = unknown> {
  readonly step: AnyStep<R>
  /** The step's, when its options were read. */
  readonly version: number
  readonly name: string
  readonly metadata: 'values' | 'labels' | 'moved'
  /** The volumes among its options, in the order of their declarations. */
  readonly operands: ReadonlyMap<string, VolumeOperand>
  readonly ownGrids: readonly string[]
  readonly gridsOnly: readonly string[]
  readonly joinedAxis: ((input: Info) => number) | undefined
  readonly output: ((input: Info, operands: OperandInfos) => Info) | undefined
  readonly stages: (input: Info, operands: OperandInfos) => readonly Part[]
  readonly regional: ((input: Info, operands: OperandInfos) => AnyRegional) | undefined
  readonly measure: ((input: Info, operands: OperandInfos) => Measure<R>) | undefined
}

/** A filter with its options, as pipelines see it. */
export interface AnyStep<R = unknown> {
  /** The filter it was made with. */
  readonly filter: FilterFacts
  /** Its options now, with defaults. */
  readonly options: object
  /** Grows whenever an option really changes. */
  readonly version: number
  /** Whether its output stays between runs. */
  readonly isKept: boolean
  /** Takes note of where its output is kept, so that it can be given back. */
  keepsIn(slot: KeptSlot): void
  /** The step with the options it has now. */
  bind(): BoundStep<R>
}

/** What help, documentation and the command line read. */
export interface FilterFacts {
  /** Its name in programs. */
  readonly name: string
  /** The name on the command line. */
  readonly op: string
  /** One sentence of what it does. */
  readonly summary: string
  /** Declarations of its options. */
  readonly params: Params
  /** Whether it ends a pipeline with a plain object. */
  readonly measures: boolean
  /** The filter with options given by name, also the one that calls give first. */
  step(options: object): AnyStep
}

/** A filter with its options, placed in a pipeline. */
export interface Step<P extends Params = Params, R = unknown> extends AnyStep<R> {
  /** The filter it was made with. */
  readonly filter: Filter<P, R>
  /** Its options now, with defaults. */
  readonly options: Settled<P>
  /** Changes some options; equal values change nothing, and a refused change leaves the old values in force. */
  set(change: Partial<Options<P>>): this
  /** Keeps the step's output between runs, wherever it stands, until `release()`. */
  keep(): this
  /** Gives back what is kept of the step's output, and keeps it no longer. */
  release(): this
}

/** A filter: called with its options it gives a step. */
export interface Filter<P extends Params = Params, R = unknown> extends FilterFacts {
  (...given: [NeededKeys<P>] extends [never] ? [options?: Options<P>] : [options: Options<P>]): Step<P, R>
  /** Declarations of its options. */
  readonly params: P
}

/** A filter whose option `X` is given first and by itself: `add(5)`, `mask(volume, { invert: true })`. */
export interface OperandFilter<P extends Params, X extends keyof P, R = unknown> extends FilterFacts {
  (
    value: ValueOf<P[X]>,
    ...given: [Exclude<NeededKeys<P>, X>] extends [never]
      ? [options?: Omit<Options<P>, X>]
      : [options: Omit<Options<P>, X>]
  ): Step<P, R>
  /** Declarations of its options. */
  readonly params: P
}

/**
 * Makes a filter of its declaration. Options are checked when the filter is called: `InvalidArgument` naming `filter.option`.
 */
export function defineFilter<const P extends Params, const X extends keyof P & string>(
  declaration: (FilterDeclaration<P> | RegionalDeclaration<P>) & { readonly positional: X },
): OperandFilter<P, X, Volume>
export function defineFilter<const P extends Params>(
  declaration: FilterDeclaration<P> | RegionalDeclaration<P>,
): Filter<P, Volume>
export function defineFilter<const P extends Params, R, const X extends keyof P & string>(
  declaration: MeasureDeclaration<P, R> & { readonly positional: X },
): OperandFilter<P, X, R>
export function defineFilter<const P extends Params, R>(declaration: MeasureDeclaration<P, R>): Filter<P, R>
export function defineFilter<P extends Params>(
  declaration: AnyDeclaration<P>,
): Filter<P, unknown> | OperandFilter<P, string, unknown> {
  const { name, summary, params, positional } = declaration
  const made = (options: object) => new FilterStep(filter, declaration, settled(declaration, options))
  const call = positional
    ? (value: unknown, options: object = {}) => made({ ...checkedObject(name, options), [positional]: value })
    : (options: object = {}) => made(options)
  const facts = { op: kebab(name), summary, params, measures: 'measure' in declaration, step: made }
  const filter = Object.assign(call, facts) as unknown as Filter<P, unknown>
  Object.defineProperty(filter, 'name', { value: name })
  return filter
}

function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}

type AnyDeclaration<P extends Params> =
  | FilterDeclaration<P>
  | RegionalDeclaration<P>
  | MeasureDeclaration<P, unknown>

class FilterStep<P extends Params> implements Step<P, unknown> {
  readonly filter: Filter<P, unknown>
  readonly #declaration: AnyDeclaration<P>
  #options: Settled<P>
  #version = 0
  #isKept = false
  readonly #slots = new Set<KeptSlot>()

  constructor(filter: Filter<P, unknown>, declaration: AnyDeclaration<P>, options: Settled<P>) {
    this.filter = filter
    this.#declaration = declaration
    this.#options = options
  }

  get options(): Settled<P> {
    return this.#options
  }

  get version(): number {
    return this.#version
  }

  set(change: Partial<Options<P>>): this {
    const next = settled(this.#declaration, { ...this.#options, ...checkedObject(this.filter.name, change) })
    if (sameContent(next, this.#options)) return this
    this.#options = next
    this.#version++
    return this
  }

  get isKept(): boolean {
    return this.#isKept
  }

  keep(): this {
    this.#isKept = true
    return this
  }

  release(): this {
    this.#isKept = false
    for (const slot of this.#slots) {
      slot.data?.release()
      slot.data = undefined
    }
    this.#slots.clear()
    return this
  }

  keepsIn(slot: KeptSlot): void {
    this.#slots.add(slot)
  }

  bind(): BoundStep {
    const declaration = this.#declaration
    const options = this.#options
    const facts = {
      step: this,
      version: this.#version,
      name: declaration.name,
      operands: volumesAmong(declaration.params, options),
      ownGrids: [],
      gridsOnly: [],
      joinedAxis: undefined,
      metadata: 'values' as const,
      stages: () => [],
      output: undefined,
      regional: undefined,
      measure: undefined,
    }
    if ('measure' in declaration)
      return { ...facts, measure: (input, operands) => declaration.measure(input, options, operands) }
    const { output, metadata = 'values' } = declaration
    const made = {
      ...facts,
      metadata,
      output: output && ((input: Info, operands: OperandInfos) => output(input, options, operands)),
    }
    if ('stages' in declaration)
      return { ...made, stages: (input, operands) => declaration.stages(input, options, operands) }
    const { joinedAxis, ownGrids = [], gridsOnly = [] } = declaration
    return {
      ...made,
      ownGrids: [...ownGrids, ...gridsOnly],
      gridsOnly,
      joinedAxis: joinedAxis && ((input) => joinedAxis(input, options)),
      regional: (input, operands) =>
        withNeeds(declaration.regional(input, options, operands), [input, ...without(operands, gridsOnly)]),
    }
  }
}

/** What is left of operands, in their order. */
export function without<T>(operands: ReadonlyMap<string, T>, names: readonly string[]): readonly T[] {
  return [...operands].flatMap(([name, one]) => (names.includes(name) ? [] : [one]))
}

function volumesAmong(params: Params, options: object): ReadonlyMap<string, VolumeOperand> {
  const values = options as Readonly<Record<string, unknown>>
  const given = Object.entries(params).flatMap(([name, { kind }]): (readonly [string, unknown])[] => {
    if (kind === 'volume' || kind === 'operand') return [[name, values[name]]]
    return kind === 'volumes' ? listed(name, values[name] as readonly VolumeOperand[]) : []
  })
  return new Map(
    given.filter((entry): entry is readonly [string, VolumeOperand] => isVolumeOperand(entry[1])),
  )
}

function listed(name: string, volumes: readonly VolumeOperand[]): (readonly [string, VolumeOperand])[] {
  return volumes.map((one, k) => [`${name}[${k}]`, one])
}

function settled<P extends Params>(declaration: Declared<P>, given: object): Settled<P> {
  const options = settle(declaration.name, declaration.params, given) as Settled<P>
  declaration.check?.(options)
  return options
}
