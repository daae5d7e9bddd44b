import { dtypes } from '../../ts/core/dtype.ts'
import {
  type DType,
  type FilterFacts,
  filters,
  linear,
  type Param,
  pipe,
  Volume,
  type VolumeOperand,
} from '../../ts/index.ts'
import { Deck } from './decks.ts'

type Options = Readonly<Record<string, unknown>>

// Displacements of some millimetres around the place where volumes lie that nobody has put elsewhere.
function waves(spacing: readonly number[], dtype: DType): Volume {
  const field = Volume.create({ shape: [6, 5, 7], dtype, components: 3, spacing })
  field.data.forEach((_, i) => {
    field.data[i] = 3 * Math.sin(i * i)
  })
  field.touch()
  return field
}

const field = waves([4, 6, 3], 'float32')

export const everyFilter: readonly FilterFacts[] = filters

// Beside what follows from the declarations: options at which a filter does something worth comparing.
const turned25 = [
  [0.906, -0.423, 0, 1.5],
  [0.423, 0.906, 0.1, -0.5],
  [0, -0.1, 1, 0.25],
  [0, 0, 0, 1],
]

const telling: Readonly<Record<string, readonly Options[]>> = {
  add: [{ operand: -7.3 }],
  binaryThreshold: [
    { lower: -10, upper: 40.5 },
    { lower: 5, inside: 7, outside: 200 },
  ],
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
  divide: [{ operand: 0 }, { operand: -3 }],
  concatenate: [{ axis: 0 }, { axis: 2 }],
  close: [
    { radius: 2, border: 'safe' },
    { element: 'box', radius: [5, 2, 1], border: 'safe' },
    { element: 'sphere', radius: [0, 3, 2] },
  ],
  dilate: [{ radius: 3 }, { element: 'sphere', radius: [2, 1, 3] }, { element: 'cross', radius: [4, 0, 2] }],
  connectedComponents: [{ connectivity: 2 }, { axes: [1, 2] }, { axes: [0], dtype: 'int16' }],
  connectedThreshold: [
    { lower: -20, upper: 30 },
    { lower: 0, connectivity: 2 },
  ],
  curvatureAnisotropicDiffusion: [
    { iterations: 3, meanGradient: 40, timeStep: 0.02 },
    { iterations: 4, updateInterval: 2, conductance: 2, timeStep: 0.02 },
    { iterations: 2, axes: [1], timeStep: 0.02 },
  ],
  distanceMap: [{ maximum: 2.5 }, { axes: [0], units: 'voxel' }, { squared: true, maximum: 1.2 }],
  edgeMap: [{ below: 3 }, { below: 0, dtype: 'float32' }],
  fillHoles: [{ axes: [0, 1] }, { connectivity: 2 }],
  gamma: [{ gamma: 0.7, min: -200, max: 300 }],
  gaussian: [
    { sigma: [0.8, 1.7, 0.4] },
    { sigma: 1.3, weights: 'sampled', truncate: 3, units: 'voxel' },
    { sigma: [0, 0, 3], maximumError: 0.001 },
  ],
  equal: [{ operand: 7 }],
  gradientAnisotropicDiffusion: [
    { iterations: 3, meanGradient: 40, timeStep: 0.02 },
    { iterations: 4, updateInterval: 2, conductance: 2, timeStep: 0.02 },
    { iterations: 2, axes: [0], timeStep: 0.02 },
    { iterations: 0 },
  ],
  gradientMagnitudeRecursiveGaussian: [{ sigma: [1.4, 0, 2] }, { sigma: 2, units: 'voxel' }],
  gradientMagnitude: [{ axes: [1] }, { units: 'voxel' }],
  greater: [{ operand: 12.5 }],
  invert: [{ maximum: -20.5 }],
  less: [{ operand: 0 }],
  keepLargest: [{ count: 3 }, { connectivity: 2, count: 2 }, { axes: [0, 2] }],
  linear: [{ scale: -1.7, shift: 3.1 }],
  logicalXor: [{ operand: 0 }],
  mask: [
    { operand: 0, outsideValue: 9 },
    { operand: 1, invert: true },
  ],
  mean: [{ radius: [2, 0, 1] }, { radius: 3 }],
  median: [{ radius: [2, 1, 0] }, { radius: [0, 0, 2] }, { radius: 2 }],
  clipPercentiles: [
    { lower: 0, upper: 100 },
    { lower: 12.5, upper: 70 },
  ],
  histogram: [{ bins: 7 }, { bins: 300, range: [-10, 41.5] }, { bins: 3000, range: [0, 1] }],
  otsu: [{ bins: 16 }],
  otsuThreshold: [{ bins: 16 }, { bins: 1000 }],
  pow: [{ operand: -0.7 }, { operand: 3 }],
  erode: [{ radius: [1, 2, 1] }, { element: 'box', radius: 2 }, { element: 'box', radius: [7, 1, 4] }],
  maximum: [{ radius: [3, 0, 1] }, { radius: 9 }],
  minimum: [{ radius: [0, 6, 0] }, { radius: [4, 1, 0] }],
  open: [
    { radius: [3, 1, 2], border: 'safe' },
    { element: 'cross', radius: 2, border: 'safe' },
    { element: 'box', radius: [1, 4, 0], border: 'safe' },
  ],
  rank: [
    { radius: 1, percentile: 20 },
    { radius: [1, 2, 1], index: 3 },
  ],
  recursiveGaussian: [
    { sigma: [0.8, 0, 3] },
    { sigma: 2.2, order: 1 },
    { sigma: [1.5, 2], order: [2], units: 'voxel' },
  ],
  relabel: [{ minimumSize: 4 }, { order: 'first', dtype: 'float64' }],
  rescaleIntensity: [
    { dtype: 'uint8' },
    { min: -3, max: 3.5, dtype: 'float64' },
    { inputMin: -10, inputMax: 60 },
  ],
  stack: [{ spacing: 2.5 }, { origin: 3 }],
  statistics: [{ percentiles: [0, 25, 33.3, 50, 100, 50] }],
  sigmoid: [{ alpha: -9.5, beta: 12, min: -3, max: 40 }],
  threshold: [{ below: -10, above: 40, outsideValue: 7 }, { below: 0.5 }],
  warp: [
    { field: waves([1, 1.3, 1.6], 'float64').flipToOrientation('SAL'), outsideValue: 5 },
    { field: pipe(field, linear({ scale: -2 })) },
    { interpolation: 'cubic', outsideValue: -7 },
  ],
  where: [{ operand: 0, otherwise: -4 }],
  windowLevel: [
    { window: 90, level: 10 },
    { window: 33.3, level: -7, min: 1, max: -2, dtype: 'float32' },
  ],
}

// Options that are needed for some voxels only, and volumes that are of a kind.
const usual: Readonly<Record<string, Options>> = { invert: { maximum: 100 }, warp: { field } }

const candidates: Readonly<Record<Param<unknown>['kind'], readonly unknown[]>> = {
  integer: [1, 2, 0],
  number: [1, 0.5, 0, 2],
  value: [1, 0],
  boolean: [true],
  choice: [],
  dtype: ['float32'],
  perAxis: [1, 2, 0.5],
  axes: [[0]],
  indices: [[[0, 0, 0, 0, 0, 0, 0, 0]]],
  list: [[25]],
  range: [[-10, 40]],
  operand: [2],
  volume: [],
  volumes: [[]],
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
  readonly #filter: FilterFacts
  readonly #cases: Deck<Options>
  readonly #borders: Deck<Options>
  readonly #dtypes: Deck<Options>
  readonly #operands: Deck<boolean>

  constructor(filter: FilterFacts, own: number) {
    this.#filter = filter
    this.#cases = new Deck([{}, ...turned(filter), ...(telling[filter.name] ?? [])], own)
    const words = filter.params['border']?.choices ?? []
    const around = words.map((border) => ({ border, ...(border === 'constant' && { borderValue: 30 }) }))
    this.#borders = new Deck<Options>(words.length > 0 ? around : [{}], own + 1)
    const isFree = filter.params['dtype']?.presence === 'optional'
    const outputs = ['same', ...dtypes].map((dtype) => ({ dtype }))
    this.#dtypes = new Deck<Options>(isFree ? [{}, {}, {}, ...outputs] : [{}], own + 2)
    this.#operands = new Deck([true, false], own + 3)
  }

  /** Draws needed until every case has come up. */
  get size(): number {
    return Math.max(this.#cases.size, this.#borders.size, this.#dtypes.size)
  }

  /**
   * Options for a volume of that rank: lists are cut to it. With `operand`, every second draw names it where it can, and every one
   * where it must.
   */
  draw(rank: number, operand?: VolumeOperand): Options {
    const options: Record<string, unknown> = {
      ...required(this.#filter),
      ...usual[this.#filter.name],
      ...this.#dtypes.draw(),
      ...this.#borders.draw(),
      ...this.#cases.draw(),
      ...(operand !== undefined &&
        (this.#operands.draw() || this.#needsOperand()) &&
        this.#operandsAs(operand)),
    }
    // A reference is a whole grid.
    const given = Object.entries(options).filter(
      ([name]) => options['reference'] === undefined || !['spacing', 'shape', 'affine'].includes(name),
    )
    const fitted = given.map(([name, value]) => {
      const { kind } = this.#filter.params[name] as Param<unknown>
      if (!Array.isArray(value) || !['perAxis', 'axes', 'indices'].includes(kind)) return [name, value]
      const list = value as readonly number[]
      if (list.some(Array.isArray))
        return [name, list.map((one) => (one as never as number[]).slice(0, rank))]
      return [name, name === 'axes' ? list.filter((axis) => axis < rank) : list.slice(0, rank)]
    })
    return Object.fromEntries(fitted)
  }

  #needsOperand(): boolean {
    const declared = Object.values(this.#filter.params)
    const isVolume = ({ kind }: Param<unknown>) => kind === 'volume' || kind === 'volumes'
    return declared.some((one) => isVolume(one) && one.presence === 'required')
  }

  #operandsAs(operand: VolumeOperand): Options {
    const declared = Object.entries(this.#filter.params)
    const named = declared.flatMap(([name, { kind }]): [string, unknown][] => {
      if (usual[this.#filter.name]?.[name] !== undefined) return []
      if (kind === 'volumes') return [[name, [operand, operand]]]
      return kind === 'operand' || kind === 'volume' ? [[name, operand]] : []
    })
    return Object.fromEntries(named)
  }
}
