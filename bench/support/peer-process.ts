import { spawn } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { arrayClass, type DType, type TypedArray } from '../../ts/core/dtype.ts'
import { scratch } from './folder.ts'
import type { TestVolume } from './test-volume.ts'

/** An operation by the name peers know it under, and its numbers. */
export interface PeerTask {
  readonly operation: string
  readonly [parameter: string]: string | number
}

/** A competitor's program, warm and waiting for orders. */
export interface PeerProcess {
  /** Milliseconds of its warm-up, which went into fresh memory. */
  readonly first: number
  /** Milliseconds of one run, by its own clock. */
  run(memory: 'reused' | 'fresh'): Promise<number>
  /** What its last run gave. */
  result(dtype: DType): Promise<TypedArray>
  close(): Promise<void>
}

function words(task: PeerTask, volume: TestVolume, threads: number): string[] {
  const { operation, ...numbers } = task
  const { path, shape, dtype } = volume
  const given = { op: operation, input: path, shape, dtype, threads, ...numbers }
  return Object.entries(given).flatMap(([name, value]) => [`--${name}`, String(value)])
}

/** Starts a peer on one task and waits for its warm-up run. */
export async function startPeer(
  command: readonly string[],
  task: PeerTask,
  volume: TestVolume,
  threads: number,
): Promise<PeerProcess> {
  const [program, ...fixed] = command as [string, ...string[]]
  const env = { ...process.env, OMP_NUM_THREADS: String(threads), OPENBLAS_NUM_THREADS: String(threads) }
  const args = [...fixed, ...words(task, volume, threads)]
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'], env, cwd: scratch('data') })
  const ended = new Promise<void>((done) => void child.once('close', () => done()))
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const answer = async (): Promise<{ ms?: number }> => {
    const { value, done } = await lines.next()
    if (done) throw new Error(`${program} ${args.join(' ')} ended early`)
    return JSON.parse(value)
  }
  const order = (line: string) => {
    child.stdin.write(`${line}\n`)
    return answer()
  }
  const first = (await answer()).ms as number
  return {
    first,
    run: async (memory) => (await order(memory)).ms as number,
    result: async (dtype) => {
      const path = scratch('data', `peer-result-${child.pid}.raw`)
      await order(`save ${path} ${dtype}`)
      const bytes = new Uint8Array(readFileSync(path))
      rmSync(path)
      return new (arrayClass(dtype))(bytes.buffer)
    },
    close: async () => {
      child.stdin.end()
      await ended
    },
  }
}
