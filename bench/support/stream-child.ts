// node --expose-gc --import tsx bench/support/stream-child.ts INPUT OUTPUT MEMORY THREADS: one streamed run; prints what it took as JSON.
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { fromFile, pipe, Volume } from 'voxline'
import { smoothGradientSteps } from './chains.ts'
import { type Delays, watchDelays } from './delays.ts'
import { processMemory, resetPeak } from './process-facts.ts'

/** What one streamed run took. */
export interface StreamFacts {
  readonly milliseconds: number
  readonly idle: number
  readonly peakOverIdle: number
  /** Most pages of files resident at once beyond those at idle, sampled. */
  readonly filesOverIdle: number
  /** How late turns of the event loop came during the run, and in an idle process beside it. */
  readonly delays: Delays
  readonly beside: Delays
}

// An idle process beside this one: what the machine itself does to event loops.
async function startIdle() {
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', fileURLToPath(new URL('idle-child.ts', import.meta.url))],
    {
      stdio: ['pipe', 'pipe', 'inherit'],
    },
  )
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  await lines.next()
  return {
    begin: () => child.stdin.write('begin\n'),
    end: async () => {
      child.stdin.end()
      return JSON.parse((await lines.next()).value) as Delays
    },
  }
}

async function measure(input: string, output: string, memory: string, threads: number): Promise<StreamFacts> {
  // The addon is loaded and its threads run before anything is measured.
  const small = Volume.create({ shape: [16, 16, 16], dtype: 'int16' })
  const warm = await pipe(small, ...smoothGradientSteps()).compute()
  for (const volume of [small, warm as Volume]) volume.dispose()
  globalThis.gc?.()
  const idle = await startIdle()
  resetPeak()
  const before = processMemory()
  let files = 0
  const sampler = setInterval(() => {
    files = Math.max(files, processMemory().ofFiles)
  }, 50)
  const start = performance.now()
  const pipeline = pipe(fromFile(input), ...smoothGradientSteps())
  idle.begin()
  const delays = watchDelays()
  await pipeline.write(output, { memory, threads, overwrite: true })
  const milliseconds = performance.now() - start
  const during = delays()
  const beside = await idle.end()
  clearInterval(sampler)
  const { peak } = processMemory()
  const filesOverIdle = Math.max(files - before.ofFiles, 0)
  return {
    milliseconds,
    idle: before.resident,
    peakOverIdle: peak - before.resident,
    filesOverIdle,
    delays: during,
    beside,
  }
}

const [input, output, memory, threads] = process.argv.slice(2) as [string, string, string, string]
console.log(JSON.stringify(await measure(input, output, memory, Number(threads))))
