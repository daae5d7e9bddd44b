import type { DType } from '../core/dtype.ts'
import { invalidArgument, VoxlineError } from '../core/errors.ts'
import { columnOf } from '../geometry/affine.ts'
import type { WriteFacts, WriteLayout } from '../volume/format.ts'
import { isUsable, turned } from './frames.ts'
import { escaped } from './nrrd-header.ts'
import { isOneLine, lostParts } from './text-header.ts'

/** Lays out a `.nrrd` file with raw encoding. */
export function layOutNrrd(facts: WriteFacts, path: string): WriteLayout {
  const { affine, shape, spacing, dtype, components, header } = facts
  if (!isUsable(affine)) throw invalidArgument('affine', 'finite and invertible', affine)
  if (facts.scaling !== null) {
    throw new VoxlineError(
      'Unsupported',
      `${path}: NRRD cannot hold slope and intercept: write the scaled values`,
      { path },
    )
  }
  const vector = (column: number): string => `(${turned(columnOf(affine, column)).join(',')})`
  const parts = components > 1 ? [components] : []
  const inSpace = shape.map((_, axis) => axis < 3)
  const perAxis = (first: string, values: readonly string[]): string =>
    [...parts.map(() => first), ...values].join(' ')
  const content = header.description
  const keepsContent = content !== undefined && content !== '' && isOneLine(content)
  const keys = Object.entries(header.keys ?? {})
  const lines = [
    'NRRD0005',
    `type: ${typeNames[dtype]}`,
    `dimension: ${parts.length + shape.length}`,
    'space: left-posterior-superior',
    `sizes: ${[...parts, ...shape].join(' ')}`,
    `space directions: ${perAxis(
      'none',
      inSpace.map((is, axis) => (is ? vector(axis) : 'none')),
    )}`,
    ...(shape.length > 3
      ? [
          `spacings: ${perAxis(
            'nan',
            spacing.map((step, axis) => (inSpace[axis] ? 'nan' : String(step))),
          )}`,
        ]
      : []),
    `kinds: ${perAxis(
      'list',
      inSpace.map((is) => (is ? 'domain' : 'none')),
    )}`,
    'endian: little',
    'encoding: raw',
    `space origin: ${vector(3)}`,
    ...(keepsContent ? [`content: ${content}`] : []),
    ...keys.filter(isKeyable).map(([key, value]) => `${key}:=${escaped(value)}`),
  ]
  const text = new TextEncoder().encode(`${lines.join('\n')}\n\n`)
  const lost = keys
    .filter((entry) => !isKeyable(entry))
    .map(([key]) => `key ${key}: does not fit a line of "key:=value"`)
  return {
    header: text,
    offset: text.length,
    compression: 'none',
    dropped: [...lostParts(header, 'NRRD', keepsContent ? ['description'] : []), ...lost],
  }
}

const typeNames: Readonly<Record<DType, string>> = {
  uint8: 'uint8',
  int8: 'int8',
  uint16: 'uint16',
  int16: 'int16',
  uint32: 'uint32',
  int32: 'int32',
  uint64: 'uint64',
  int64: 'int64',
  float32: 'float',
  float64: 'double',
}

/** Fields of a NRRD that hold for the source's axes or values, and would not for others. */
const fieldNames = new Set([
  'number',
  'min',
  'max',
  'old min',
  'old max',
  'axis mins',
  'axis maxs',
  'centers',
  'thicknesses',
  'labels',
  'units',
  'space units',
  'sample units',
  'measurement frame',
  'block size',
])

function isKeyable([key, value]: [string, string]): boolean {
  const fits = /^[^:#\s][^:]*$/.test(key) && isOneLine(key) && !/[\r\0]/.test(value)
  return fits && !fieldNames.has(key)
}
