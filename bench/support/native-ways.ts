import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { root, scratch } from './folder.ts'

/** Ways to visit voxels that the native program knows. */
export type NativeWay = 'pointers' | 'lines' | 'iterator'

/** How long one way took over one view of one volume. */
export interface NativeTime {
  readonly dtype: string
  readonly view: string
  readonly way: NativeWay
  readonly voxels: number
  /** The processor's time for one pass. */
  readonly nanoseconds: number
}

let program: string | undefined

function run(command: string, args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8' })
  if (status === 0) return stdout
  throw new Error(`${command} ${args.join(' ')}: ${error?.message ?? `${stdout}${stderr}`}`)
}

// Built anew when its sources have changed.
function built(): string {
  const folder = scratch('native')
  run('cmake', ['-S', join(root, 'bench/native'), '-B', folder])
  run('cmake', ['--build', folder])
  return join(folder, 'iteration')
}

/** Whether there is a CMake to build the program with. */
export function canBuildNative(): boolean {
  return spawnSync('cmake', ['--version']).status === 0
}

/** Times of all ways over a volume of this shape and two views of it, for three element types. */
export function nativeTimes(shape: readonly number[], milliseconds: number): readonly NativeTime[] {
  program ??= built()
  const text = run(program, [...shape, Math.ceil(milliseconds)].map(String))
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as NativeTime)
}
