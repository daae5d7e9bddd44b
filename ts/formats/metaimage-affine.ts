import { formatError } from '../core/errors.ts'
import { type Affine, affineOf, type Vector } from '../geometry/affine.ts'
import { completed, isUsable, turned, unit } from './frames.ts'
import { type HeaderLine, numbersOf } from './text-header.ts'

type Fields = ReadonlyMap<string, HeaderLine>

/** Names MetaIO has used for the same field, the newest first. */
const matrixNames = ['TransformMatrix', 'Rotation', 'Orientation']
const originNames = ['Offset', 'Position', 'Origin']
const spacingNames = ['ElementSpacing', 'ElementSize']

/** The geometry of a MetaImage: LPS, each row of the matrix the direction of one axis. */
export function metaGeometry(
  path: string,
  fields: Fields,
  rank: number,
  warnings: string[],
): { readonly affine: Affine; readonly spacing: readonly number[] } {
  const spacing = spacingOf(path, fields, rank, warnings)
  const spatial = Math.min(rank, 3)
  const originLine = oneOf(fields, originNames)
  const origin = originLine === undefined ? [] : numbersOf(path, originLine, rank)
  const columns: Vector[] = directionsOf(path, fields, rank)
    .slice(0, spatial)
    .map((direction, axis) => {
      const step = spacing[axis] ?? 1
      const [x = 0, y = 0, z = 0] = direction
      return turned([x * step, y * step, z * step])
    })
  const affine = affineOf(
    completed(columns),
    turned([origin[0] ?? 0, origin[1] ?? 0, spatial > 2 ? (origin[2] ?? 0) : 0]),
  )
  if (isUsable(affine)) return { affine, spacing }
  const line = oneOf(fields, matrixNames)
  throw formatError(path, line?.name ?? 'ElementSpacing', 'gives no usable affine', line?.offset)
}

function oneOf(fields: Fields, names: readonly string[]): HeaderLine | undefined {
  return names.map((name) => fields.get(name)).find((line) => line !== undefined)
}

function spacingOf(path: string, fields: Fields, rank: number, warnings: string[]): number[] {
  const line = oneOf(fields, spacingNames)
  if (line === undefined) return Array<number>(rank).fill(1)
  return numbersOf(path, line, rank).map((stored, axis) => {
    if (stored === 0) throw formatError(path, line.name, 'must not be 0', line.offset)
    if (stored < 0) warnings.push(`${line.name}: ${stored} along axis ${axis}, taken as ${-stored}`)
    return Math.abs(stored)
  })
}

/** Unit vectors of the axes. Axes beyond the third may not lean into space, nor space into them. */
function directionsOf(path: string, fields: Fields, rank: number): number[][] {
  const line = oneOf(fields, matrixNames)
  const rows = Array.from({ length: rank }, (_, r) =>
    Array.from({ length: rank }, (__, c) => (r === c ? 1 : 0)),
  )
  if (line === undefined) return rows
  const values = numbersOf(path, line, rank * rank)
  const spatial = Math.min(rank, 3)
  const leans = values.some((value, at) => {
    const [r, c] = [Math.floor(at / rank), at % rank]
    return r < spatial !== c < spatial && value !== 0
  })
  if (leans) throw formatError(path, line.name, 'mixes spatial axes with others', line.offset)
  return rows.slice(0, spatial).map((_, r) => {
    const [x = 0, y = 0, z = 0] = values.slice(r * rank, r * rank + spatial)
    return Math.hypot(x, y, z) > 0 ? [...unit([x, y, z])] : [0, 0, 0]
  })
}
