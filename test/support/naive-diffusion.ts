import { along, type Field, mapField } from './naive-filters.ts'

/** One iteration of gradient diffusion by its definition, in float64; axes left out of `spacing` by null do not diffuse. */
export function naiveDiffusion(
  field: Field,
  spacing: readonly (number | null)[],
  k: number,
  timeStep: number,
): Field {
  const axes = spacing.flatMap((s, axis) => (s === null ? [] : [axis]))
  const size = (axis: number) => spacing[axis] as number
  return mapField(field, {}, (sample) => {
    const at = (...moves: readonly (readonly [axis: number, step: number])[]) =>
      sample(
        moves.reduce<readonly number[]>(
          (sum, [axis, step]) => field.shape.map((_, a) => (sum[a] ?? 0) + (along(axis, step)[a] ?? 0)),
          [],
        ),
      )
    // A neighbour's own neighbours: outside, voxels repeat, so its index must not be moved twice.
    const flux = (axis: number, side: number) => {
      const here = at([axis, Math.min(side, 0)])
      const next = at([axis, Math.max(side, 0)])
      const slope = (next - here) / size(axis)
      const across = axes
        .filter((b) => b !== axis)
        .map((b) => {
          const g = (s: number) => (at([axis, s], [b, 1]) - at([axis, s], [b, -1])) / (2 * size(b))
          return (g(Math.min(side, 0)) + g(Math.max(side, 0))) ** 2 / 4
        })
      return slope * Math.exp((slope * slope + across.reduce((sum, s) => sum + s, 0)) / k)
    }
    const flow = axes.reduce((sum, axis) => sum + flux(axis, 1) - flux(axis, -1), 0)
    return sample([0, 0, 0]) + timeStep * flow
  })
}

/** Mean over the volume of the squared gradient, by central differences. */
export function meanSquaredGradient(field: Field, spacing: readonly (number | null)[]): number {
  const squares = mapField(field, {}, (sample) =>
    spacing.reduce<number>((sum, s, axis) => {
      if (s === null) return sum
      return sum + ((sample(along(axis, 1)) - sample(along(axis, -1))) / (2 * s)) ** 2
    }, 0),
  )
  return squares.values.reduce((sum, value) => sum + value, 0) / squares.values.length
}
