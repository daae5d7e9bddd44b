import { dtypes } from '../../ts/core/dtype.ts'
import { type AnyStep, borders, type FilterFacts, filters, type Param } from '../../ts/index.ts'
import { Deck } from './decks.ts'

type Options = Readonly<Record<string, unknown>>

/** A registered filter, whatever its options are. */
export type AnyFilter = FilterFacts & ((options?: object) => AnyStep)

export const everyFilter = filters as unknown as readonly AnyFilter[]

// Beside what follows from the declarations: options at which a filter does something worth comparing.
const turned25 = [
  [0.906, -0.423, 0, 1.5],
  [0.423, 0.906, 0.1, -0.5],
  [0, -0.1, 1, 0.25],
  [0, 0, 0, 1],
]

const telling: Readonly<Record<string, readonly Options[]>> = {
  binShrink: [{ factor: 1 }, { factor: [1, 2, 1] }, { factor: [3, 1, 1] }],
  crop: [{ step: 2 }, { shape: 1 }, { stop: 1, step: [1, 2, 3] }, { start: [1], step: 2 }],
  expand: [{ factor: [1, 2, 3] }, { factor: [2, 1, 1], interpolation: 'cubic' }],
  flip: [{ axes: [1, 2] }, { axes: [] }],
  gradient: [{ axes: [1] }, { frame: 'world' }, { units: 'voxel', border: 'wrap' }],
  orient: [{ to: 'ASR' }, { to: 'LPI' }],
  pad: [
    { lower: 2, upper: [1, 0, 3], value: 7 },
    { lower: [0, 9], upper: 4, mode: 'reflect' },
    { lower: 3, mode: 'wrap' },
  ],
  permute: [{ axes: [5, 7, 3, 1, 0, 2, 4, 6] }, { axes: [6, 4, 2, 0, 1, 3, 5, 7] }],
  projection: [{ axis: 0 }, { axis: 2, method: 'mean' }, { axis: 1, keepAxis: false }],
  resample: [
    { transform: turned25, outsideValue: 5 },
    { transform: turned25, interpolation: 'nearest' },
    { transform: turned25, interpolation: 'cubic' },
    { spacing: [0.7, 1.4, 2.3] },
    { shape: [5, 4, 3], interpolation: 'cubic' },
  ],
  shrink: [{ factor: [3, 1, 2] }, { factor: 2, first: 0 }],
  cast: [
    { dtype: 'uint8' },
    { dtype: 'int16', rounding: 'floor', overflow: 'wrap' },
    { dtype: 'uint64', rounding: 'truncate' },
    { dtype: 'float64' },
  ],
  clamp: [{ low: -20, high: 35.5 }, { high: 0 }],
  edgeMap: [{ below: 3 }, { below: 0, dtype: 'float32' }],
  gamma: [{ gamma: 0.7, min: -200, max: 300 }],
  gaussian: [
    { sigma: [0.8, 1.7, 0.4] },
    { sigma: 1.3, weights: 'sampled', truncate: 3, units: 'voxel' },
    { sigma: [0, 0, 3], maximumError: 0.001 },
  ],
  gradientMagnitude: [{ axes: [1] }, { units: 'voxel' }],
  linear: [{ scale: -1.7, shift: 3.1 }],
  mean: [{ radius: [2, 0, 1] }, { radius: 3 }],
  median: [{ radius: [2, 1, 0] }, { radius: [0, 0, 2] }, { radius: 2 }],
  rank: [
    { radius: 1, percentile: 20 },
    { radius: [1, 2, 1], index: 3 },
  ],
  rescaleIntensity: [
    { dtype: 'uint8' },
    { min: -3, max: 3.5, dtype: 'float64' },
    { inputMin: -10, inputMax: 60 },
  ],
  threshold: [{ below: -10, above: 40, outsideValue: 7 }, { below: 0.5 }],
}

const candidates: Readonly<Record<Param<unknown>['kind'], readonly unknown[]>> = {
  integer: [1, 2, 0],
  number: [1, 0.5, 0, 2],
  value: [1, 0],
  boolean: [true],
  choice: [],
  dtype: ['float32'],
  perAxis: [1, 2, 0.5],
  axes: [[0]],
  operand: [2],
  volume: [],
  orientation: ['RAS'],
  affine: [],
}

// Values for what must be given.
function required({ params }: FilterFacts): Options {
  const needed = Object.entries(params).filter(([, { presence }]) => presence === 'required')
  return Object.fromEntries(
    needed.map(([name, declared]) => {
      const possible = [...(declared.choices ?? []), ...candidates[declared.kind]]
      return [name, possible.find((value) => declared.check(value))]
    }),
  )
}

// Every word of every choice, and every boolean, once.
function turned({ params }: FilterFacts): readonly Options[] {
  return Object.entries(params).flatMap(([name, { kind, choices = [] }]): Options[] => {
    if (kind === 'boolean') return [{ [name]: true }, { [name]: false }]
    return kind === 'choice' && name !== 'border' ? choices.map((word) => ({ [name]: word })) : []
  })
}

/** Options of a filter, drawn so that every case, border and element type of its output comes up. */
export class OptionDeck {
  readonly #filter: AnyFilter
  readonly #cases: Deck<Options>
  readonly #borders: Deck<Options>
  readonly #dtypes: Deck<Options>

  constructor(filter: AnyFilter, own: number) {
    this.#filter = filter
    this.#cases = new Deck([{}, ...turned(filter), ...(telling[filter.name] ?? [])], own)
    const around = borders.map((border) => ({ border, ...(border === 'constant' && { borderValue: 30 }) }))
    this.#borders = new Deck<Options>('border' in filter.params ? around : [{}], own + 1)
    const isFree = filter.params['dtype']?.presence === 'optional'
    const outputs = ['same', ...dtypes].map((dtype) => ({ dtype }))
    this.#dtypes = new Deck<Options>(isFree ? [{}, {}, {}, ...outputs] : [{}], own + 2)
  }

  /** Draws needed until every case has come up. */
  get size(): number {
    return Math.max(this.#cases.size, this.#borders.size, this.#dtypes.size)
  }

  /** Options for a volume of that rank: lists are cut to it. */
  draw(rank: number): Options {
    const options = {
      ...required(this.#filter),
      ...this.#dtypes.draw(),
      ...this.#borders.draw(),
      ...this.#cases.draw(),
    }
    const isList = (value: unknown) => Array.isArray(value) && !Array.isArray(value[0])
    const fitted = Object.entries(options).map(([name, value]) => {
      if (!isList(value)) return [name, value]
      const list = value as readonly number[]
      return [name, name === 'axes' ? list.filter((axis) => axis < rank) : list.slice(0, rank)]
    })
    return Object.fromEntries(fitted)
  }
}
