import { along, type Field, mapField } from './naive-filters.ts'

/** What of a volume flows. */
export type Equation = 'gradient' | 'curvature'

/** How a diffusion goes on. */
export interface NaiveOptions {
  readonly iterations: number
  readonly conductance: number
  readonly timeStep: number
  readonly updateInterval?: number
  readonly meanGradient?: number
}

/** Anisotropic diffusion by its definition, in float64; axes left out of `spacing` by null do not diffuse. */
export function naiveDiffusion(
  field: Field,
  spacing: readonly (number | null)[],
  equation: Equation,
  { iterations, conductance, timeStep, updateInterval = 1, meanGradient }: NaiveOptions,
): Field {
  let [made, k] = [field, 0]
  for (let t = 0; t < iterations; t++) {
    const mean = () => (meanGradient === undefined ? meanSquaredGradient(made, spacing) : meanGradient ** 2)
    if (t % updateInterval === 0) k = -2 * conductance ** 2 * mean()
    made = stepOf(made, spacing, equation, k, timeStep)
  }
  return made
}

function stepOf(
  field: Field,
  spacing: readonly (number | null)[],
  equation: Equation,
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
    const slope = (axis: number, side: number) =>
      (at([axis, Math.max(side, 0)]) - at([axis, Math.min(side, 0)])) / size(axis)
    // A neighbour's own neighbours: outside, voxels repeat, so its index must not be moved twice.
    const flux = (axis: number, side: number) => {
      const own = slope(axis, side)
      const across = axes
        .filter((b) => b !== axis)
        .map((b) => {
          const g = (s: number) => (at([axis, s], [b, 1]) - at([axis, s], [b, -1])) / (2 * size(b))
          return (g(Math.min(side, 0)) + g(Math.max(side, 0))) ** 2 / 4
        })
      const square = own * own + across.reduce((sum, s) => sum + s, 0)
      const length = equation === 'curvature' ? Math.sqrt(1e-10 + square) : 1
      return (own * Math.exp(square / k)) / length
    }
    const flow = axes.reduce((sum, axis) => sum + flux(axis, 1) - flux(axis, -1), 0)
    if (equation === 'gradient') return sample([0, 0, 0]) + timeStep * flow
    // Differences from where level sets come: those below where values rise, above where they fall.
    const upwind = axes.reduce((sum, axis) => {
      const [below, above] = [slope(axis, -1), slope(axis, 1)]
      return flow > 0
        ? sum + Math.min(below, 0) ** 2 + Math.max(above, 0) ** 2
        : sum + Math.max(below, 0) ** 2 + Math.min(above, 0) ** 2
    }, 0)
    return sample([0, 0, 0]) + timeStep * flow * Math.sqrt(upwind)
  })
}

// Mean over the volume of the squared gradient, by central differences.
function meanSquaredGradient(field: Field, spacing: readonly (number | null)[]): number {
  const squares = mapField(field, {}, (sample) =>
    spacing.reduce<number>((sum, s, axis) => {
      if (s === null) return sum
      return sum + ((sample(along(axis, 1)) - sample(along(axis, -1))) / (2 * s)) ** 2
    }, 0),
  )
  return squares.values.reduce((sum, value) => sum + value, 0) / squares.values.length
}
