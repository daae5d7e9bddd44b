import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runCli } from '../../../ts/cli/run-cli.ts'
import { type DType, Volume } from '../../../ts/index.ts'
import { root } from '../../support/shared.ts'

/** What a command line did. */
export interface Outcome {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** Runs a command line in this process. */
export async function cli(...args: readonly string[]): Promise<Outcome> {
  return await cliWith({}, ...args)
}

/** The same with a signal, or with a terminal behind standard error. */
export async function cliWith(
  given: { readonly signal?: AbortSignal; readonly isTerminal?: boolean },
  ...args: readonly string[]
): Promise<Outcome> {
  const { signal = new AbortController().signal, isTerminal = false } = given
  const [out, err]: [string[], string[]] = [[], []]
  const write = (text: string) => void out.push(text)
  const complain = (text: string) => void err.push(text)
  const code = await runCli(args, { write, complain, isTerminal, columns: 80, signal })
  return { code, out: out.join(''), err: err.join('') }
}

/** Starts a command line as a process of its own. */
export function start(...args: readonly string[]): {
  readonly child: ChildProcess
  readonly done: Promise<Outcome>
} {
  return startScript(join(root, 'ts/cli/main.ts'), args)
}

/** Starts a TypeScript file as a process of its own. */
export function startScript(script: string, args: readonly string[] = [], cwd = root) {
  const tsx = import.meta.resolve('tsx')
  const child = spawn(process.execPath, ['--import', tsx, script, ...args], { cwd })
  const [out, err]: [string[], string[]] = [[], []]
  child.stdout.setEncoding('utf8').on('data', (text: string) => out.push(text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => err.push(text))
  const done = new Promise<Outcome>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, out: out.join(''), err: err.join('') }))
  })
  return { child, done }
}

/** A new folder that goes when the process ends. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'voxline-cli-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** A 19 × 7 × 5 volume whose voxel (i, j, k) is i + 20 j + 200 k, times `scale`. */
export function ramp(dtype: DType = 'int16', orientation = 'LPI', scale = 1): Volume {
  const volume = Volume.create({ shape: [19, 7, 5], dtype, spacing: [1, 2, 3], orientation })
  for (let k = 0; k < 5; k++)
    for (let j = 0; j < 7; j++)
      for (let i = 0; i < 19; i++) {
        const value = (i + 20 * j + 200 * k) * scale
        volume.set((typeof volume.get(0, 0, 0) === 'bigint' ? BigInt(value) : value) as never, i, j, k)
      }
  return volume
}
