import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** How a program ended. */
export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly out: string
  readonly err: string
  readonly milliseconds: number
}

interface ChildOptions {
  readonly args?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** After these it is killed; `signal` then is SIGKILL. */
  readonly seconds?: number
}

/** Runs a TypeScript program in a process of its own, with `gc()` exposed. */
export async function runProgram(program: URL, options: ChildOptions = {}): Promise<Ended> {
  const { args = [], env = {}, seconds = 60 } = options
  const nodeArgs = ['--import', 'tsx', '--expose-gc', fileURLToPath(program), ...args]
  const begun = performance.now()
  const child = spawn(process.execPath, nodeArgs, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const text = { out: '', err: '' }
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    text.out += part
  })
  child.stderr.setEncoding('utf8').on('data', (part: string) => {
    text.err += part
  })
  const timer = setTimeout(() => child.kill('SIGKILL'), seconds * 1000)
  return await new Promise((resolve) => {
    child.on('close', (code, signal) => {
      clearTimeout(timer)
      resolve({ code, signal, ...text, milliseconds: performance.now() - begun })
    })
  })
}

/** The same for programs that print one JSON value and end by themselves; throws otherwise. */
export async function printedBy<T>(program: URL, options: ChildOptions = {}): Promise<T> {
  const ended = await runProgram(program, options)
  if (ended.code === 0) return JSON.parse(ended.out)
  throw new Error(`${program.pathname} ended with ${ended.signal ?? ended.code}\n${ended.out}\n${ended.err}`)
}
