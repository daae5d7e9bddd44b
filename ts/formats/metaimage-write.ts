import type { DType } from '../core/dtype.ts'
import { invalidArgument, VoxlineError } from '../core/errors.ts'
import { columnOf } from '../geometry/affine.ts'
import type { WriteFacts, WriteLayout } from '../volume/format.ts'
import { isUsable, lengthsOf, turned } from './frames.ts'
import { isOneLine, lostParts } from './text-header.ts'

/** MetaIO's element types; its LONG has four bytes. */
export const metaTypes: ReadonlyMap<string, DType> = new Map<string, DType>([
  ['MET_UCHAR', 'uint8'],
  ['MET_CHAR', 'int8'],
  ['MET_USHORT', 'uint16'],
  ['MET_SHORT', 'int16'],
  ['MET_UINT', 'uint32'],
  ['MET_INT', 'int32'],
  ['MET_ULONG', 'uint32'],
  ['MET_LONG', 'int32'],
  ['MET_ULONG_LONG', 'uint64'],
  ['MET_LONG_LONG', 'int64'],
  ['MET_FLOAT', 'float32'],
  ['MET_DOUBLE', 'float64'],
])

/** Fields with a meaning of their own; all others are free keys. */
export const metaFields: ReadonlySet<string> = new Set([
  'ObjectType',
  'NDims',
  'DimSize',
  'BinaryData',
  'BinaryDataByteOrderMSB',
  'ElementByteOrderMSB',
  'CompressedData',
  'CompressedDataSize',
  'HeaderSize',
  'TransformMatrix',
  'Rotation',
  'Orientation',
  'Offset',
  'Position',
  'Origin',
  'CenterOfRotation',
  'AnatomicalOrientation',
  'ElementSpacing',
  'ElementSize',
  'ElementType',
  'ElementNumberOfChannels',
  'ElementDataFile',
  'Comment',
])

/** Lays out an uncompressed `.mha` file. */
export function layOutMetaImage(facts: WriteFacts, path: string): WriteLayout {
  const { shape, dtype, components, header } = facts
  if (!isUsable(facts.affine)) throw invalidArgument('affine', 'finite and invertible', facts.affine)
  if (facts.scaling !== null) {
    throw new VoxlineError(
      'Unsupported',
      `${path}: MetaImage cannot hold slope and intercept: write the scaled values`,
      { path },
    )
  }
  const { directions, origin, spacing, dropped } = placeOf(facts)
  const type = [...metaTypes].find(([, known]) => known === dtype)?.[0] ?? ''
  const comment = header.description
  const keepsComment = comment !== undefined && isOneLine(comment)
  const keys = Object.entries(header.keys ?? {})
  const fit = ([key, value]: [string, string]): boolean =>
    /^[\w.-]+$/.test(key) && !metaFields.has(key) && isOneLine(value)
  const lines = [
    'ObjectType = Image',
    `NDims = ${shape.length}`,
    ...(keepsComment ? [`Comment = ${comment}`] : []),
    ...keys.filter(fit).map(([key, value]) => `${key} = ${value}`),
    'BinaryData = True',
    'BinaryDataByteOrderMSB = False',
    'CompressedData = False',
    `TransformMatrix = ${directions.flat().join(' ')}`,
    `Offset = ${origin.join(' ')}`,
    `CenterOfRotation = ${shape.map(() => 0).join(' ')}`,
    `ElementSpacing = ${spacing.join(' ')}`,
    `DimSize = ${shape.join(' ')}`,
    ...(components === 1 ? [] : [`ElementNumberOfChannels = ${components}`]),
    `ElementType = ${type}`,
    'ElementDataFile = LOCAL',
  ]
  const text = new TextEncoder().encode(`${lines.join('\n')}\n`)
  const lost = keys
    .filter((entry) => !fit(entry))
    .map(([key]) => `key ${key}: does not fit a line of "name = value"`)
  return {
    header: text,
    offset: text.length,
    compression: 'none',
    dropped: [...lostParts(header, 'MetaImage', keepsComment ? ['description'] : []), ...lost, ...dropped],
  }
}

interface Place {
  readonly directions: readonly (readonly number[])[]
  readonly origin: readonly number[]
  readonly spacing: readonly number[]
  readonly dropped: readonly string[]
}

/** An affine as MetaImage states it, in as many dimensions as there are axes. */
function placeOf({ affine, shape, spacing }: WriteFacts): Place {
  const rank = shape.length
  const lengths = lengthsOf(affine)
  const columns = [0, 1, 2].map((axis) => turned(columnOf(affine, axis)))
  const start = turned(columnOf(affine, 3))
  const isOutside = (vector: readonly number[]): boolean => vector.slice(rank).some((value) => value !== 0)
  const leans = columns.slice(0, rank).some(isOutside)
  const directions = shape.map((_, axis) =>
    shape.map((__, c) => {
      if (leans || axis > 2 || c > 2) return axis === c ? 1 : 0
      return (columns[axis]?.[c] ?? 0) / (lengths[axis] ?? 1)
    }),
  )
  return {
    directions,
    origin: shape.map((_, axis) => start[axis] ?? 0),
    spacing: shape.map((_, axis) => lengths[axis] ?? spacing[axis] ?? 1),
    dropped:
      leans || isOutside(start) ? [`affine: MetaImage places ${rank} axes in ${rank} dimensions only`] : [],
  }
}
