import type { Volume } from '../../ts/index.ts'

/** Linear or nearest values between voxels by the definition, in plain numbers; null outside. */
export function sampledAt(source: Volume, c: readonly number[], isLinear: boolean): number | null {
  if (!c.every((x, axis) => x >= -0.5 && x < (source.shape[axis] as number) - 0.5)) return null
  return isLinear ? linearAt(source, c) : Number(source.get(...c.map((x) => Math.floor(x + 0.5))))
}

/** The linear value among neighbours that are clamped to the volume; `component` of one of several. */
export function linearAt(source: Volume, c: readonly number[], component: readonly number[] = []): number {
  const clamp = (i: number, axis: number) => Math.min(Math.max(i, 0), (source.shape[axis] as number) - 1)
  let sum = 0
  for (let corner = 0; corner < 2 ** c.length; corner++) {
    const far = c.map((_, axis) => (corner >> axis) & 1)
    const weight = c.reduce((w, x, axis) => w * (far[axis] ? x - Math.floor(x) : 1 - (x - Math.floor(x))), 1)
    const at = c.map((x, axis) => clamp(Math.floor(x) + (far[axis] as number), axis))
    if (weight !== 0) sum += weight * Number(source.get(...at, ...component))
  }
  return sum
}
