import { dtypes, isBig, isInteger, limitsOf } from '../../ts/core/dtype.ts'
import {
  clamp,
  type DType,
  type FileSource,
  fromFile,
  linear,
  pipe,
  Volume,
  type VolumeOperand,
} from '../../ts/index.ts'
import { noise } from '../support/naive-filters.ts'
import { randomIntegers } from '../support/random.ts'
import { Deck, seed } from './decks.ts'

/** What trials run on. */
export interface Source {
  readonly label: string
  readonly volume: Volume
  /** The volume itself, or a file that holds it. */
  readonly voxels: Volume | FileSource
  /** Whether a stage that changes nothing stands in front: what comes behind it is not in memory as a whole. */
  readonly isStreamed: boolean
  /** A volume on the same grid, of another element type and often in another orientation. */
  readonly operand: VolumeOperand
}

/** A stage that changes no voxel. */
export const nothing = () => clamp()

const shapes = [
  [19, 7, 5],
  [5, 19, 7],
  [1, 1, 1],
  [23],
  [300],
  [17, 11],
  [1, 13],
  [7, 1, 9],
  [40, 3, 1],
  [2, 2, 2],
  [7, 5, 3, 4],
  [11, 4, 3, 1],
  [67, 29, 13],
  [33, 3, 31],
]

export type Turn = (make: (shape: readonly number[]) => Volume, shape: readonly number[]) => Volume

/** Ways to hold a volume of a shape in memory. */
export const turns: Readonly<Record<string, Turn>> = {
  dense: (make, shape) => make(shape),
  flipped: (make, shape) => make(shape).flip(shape.map((_, axis) => axis)),
  'flipped in part': (make, shape) => make(shape).flip([0]),
  permuted: (make, shape) =>
    make([...shape].reverse()).permute(shape.map((_, axis) => shape.length - 1 - axis)),
  rolled: (make, shape) => {
    const last = shape.length - 1
    return make([...shape.slice(1), shape[0] as number]).permute([
      last,
      ...shape.slice(1).map((_, axis) => axis),
    ])
  },
  cropped: (make, shape) => {
    const whole = make(shape.map((length, axis) => length + 3 + axis))
    return whole.view({ start: shape.map((_, axis) => 1 + axis), shape })
  },
  'a snapshot': (make, shape) => {
    const original = make(shape)
    const snapshot = original.snapshot()
    original.data.fill(original.data[0] as never)
    return snapshot
  },
}

// The ends of an element type, and what only floats have.
function adversaries(dtype: DType): readonly (number | bigint)[] {
  if (isInteger(dtype)) return limitsOf(dtype)
  return [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 0, 1e-42]
}

/** Puts the ends of the element type, and what only floats have, into a volume. */
export function scatter(volume: Volume, own: number): void {
  const random = randomIntegers(seed + own)
  const values = adversaries(volume.dtype)
  const { data } = volume
  for (let i = 0; i < data.length; i += random(1, 40)) {
    const value = values[random(0, values.length - 1)] as number | bigint
    data[i] = isBig(volume.dtype) ? BigInt(value) : Number(value)
  }
  volume.touch()
}

interface Origin {
  readonly label: string
  readonly file?: string
  readonly isStreamed?: boolean
  readonly isMapped?: boolean
}

const origins: readonly Origin[] = [
  { label: 'in memory' },
  { label: 'in memory behind a stage', isStreamed: true },
  { label: 'in .nii', file: '.nii' },
  { label: 'mapped .nii', file: '.nii', isMapped: true },
  { label: 'in .nii.gz', file: '.nii.gz' },
]

/** Volumes of every shape, element type, layout and origin; `file` names files to write them to. */
export async function makeSources(count: number, file: (name: string) => string): Promise<readonly Source[]> {
  const decks = {
    shape: new Deck(shapes, 101),
    dtype: new Deck(dtypes, 102),
    turn: new Deck(Object.entries(turns), 103),
    origin: new Deck(origins, 104),
    components: new Deck([1, 1, 1, 3], 105),
    isAdverse: new Deck([false, true], 106),
    operand: new Deck(['itself', 'another', 'flipped', 'computed', 'of one component'] as const, 107),
  }
  const sources: Source[] = []
  for (let k = 0; k < count; k++) {
    const [shape, dtype, [turned, turn]] = [decks.shape.draw(), decks.dtype.draw(), decks.turn.draw()]
    const [{ label, file: suffix, isStreamed = false, isMapped = false }, components] = [
      decks.origin.draw(),
      decks.components.draw(),
    ]
    const isAdverse = decks.isAdverse.draw()
    // No format holds vectors of every element type.
    const fitting = suffix === undefined ? components : 1
    const spacingOf = (whole: readonly number[]) => whole.map((_, axis) => 0.7 + 0.3 * axis)
    const make = (whole: readonly number[]) => {
      const spacing = spacingOf(whole)
      const volume = noise(whole, dtype, { seed: seed + k, components: fitting, spacing })
      if (isAdverse) scatter(volume, k)
      return volume
    }
    const volume = turn(make, shape)
    const voxels = suffix === undefined ? volume : await stored(volume, file(`${k}${suffix}`), isMapped)
    const facts = `[${shape}] × ${fitting} ${dtype}, ${turned}, ${label}${isAdverse ? ', adverse' : ''}`
    const [other, kind] = [decks.dtype.draw(), decks.operand.draw()]
    const single = (whole: readonly number[]) =>
      noise(whole, other, { seed: seed - k, low: 0, high: 3, spacing: spacingOf(whole) })
    const operand = kind === 'of one component' ? turn(single, shape) : await operandOn(volume, other, kind)
    sources.push({ label: facts, volume, voxels, isStreamed, operand })
  }
  return sources
}

async function operandOn(volume: Volume, dtype: DType, kind: string): Promise<VolumeOperand> {
  if (kind === 'itself') return volume
  const other = await volume.copy({ dtype })
  if (kind === 'another') return other
  const axes = other.shape.map((_, axis) => axis).filter((axis) => axis !== 1)
  return kind === 'flipped' ? other.flip(axes) : pipe(other, linear({ scale: -1, shift: 3 }))
}

/** A volume in a file. */
export async function stored(volume: Volume, path: string, isMapped: boolean): Promise<Volume | FileSource> {
  await volume.write(path)
  if (isMapped) return Volume.map(path, { orientation: volume.orientation })
  return fromFile(path, { orientation: volume.orientation })
}
