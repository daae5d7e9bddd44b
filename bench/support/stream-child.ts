// node --expose-gc --import tsx bench/support/stream-child.ts INPUT OUTPUT MEMORY THREADS: one streamed run; prints what it took as JSON.
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout } from 'node:timers/promises'
import { fromFile, pipe, Volume } from '../../ts/index.ts'
import { smoothGradientSteps } from './chains.ts'
import { processMemory, queueTime, resetPeak } from './process-facts.ts'

/** What one streamed run took. */
export interface StreamFacts {
  readonly milliseconds: number
  readonly idle: number
  readonly peakOverIdle: number
  /** Most pages of files resident at once beyond those at idle, sampled. */
  readonly filesOverIdle: number
  /** Milliseconds a turn of the event loop came late: quiet before the run, and during it. */
  readonly quiet: Delays
  readonly during: Delays
}

interface Delays {
  readonly p50: number
  readonly p99: number
  readonly max: number
  /** The most a turn came late for other reasons than waiting for a processor. */
  readonly own: number
}

const period = 1

// Watches how late turns come, less what the thread spent in the queue for a processor.
function watchTurns() {
  let [worst, before, queued] = [0, performance.now(), queueTime()]
  const timer = setInterval(() => {
    const [now, waited] = [performance.now(), queueTime()]
    worst = Math.max(worst, now - before - period - (waited - queued))
    before = now
    queued = waited
  }, period)
  return () => {
    clearInterval(timer)
    return worst
  }
}

async function delaysOf(work: () => Promise<unknown>): Promise<Delays> {
  const histogram = monitorEventLoopDelay({ resolution: period })
  const ownDelay = watchTurns()
  histogram.enable()
  await work()
  histogram.disable()
  const late = (nanoseconds: number) => Math.max(nanoseconds / 1e6 - period, 0)
  const [p50, p99] = [late(histogram.percentile(50)), late(histogram.percentile(99))]
  return { p50, p99, max: late(histogram.max), own: ownDelay() }
}

async function measure(input: string, output: string, memory: string, threads: number): Promise<StreamFacts> {
  // The addon is loaded and its threads run before anything is measured.
  const small = Volume.create({ shape: [16, 16, 16], dtype: 'int16' })
  const warm = await pipe(small, ...smoothGradientSteps()).compute()
  for (const volume of [small, warm as Volume]) volume.dispose()
  globalThis.gc?.()
  const quiet = await delaysOf(() => setTimeout(1000))
  resetPeak()
  const before = processMemory()
  let files = 0
  const sampler = setInterval(() => {
    files = Math.max(files, processMemory().ofFiles)
  }, 50)
  const start = performance.now()
  const pipeline = pipe(fromFile(input), ...smoothGradientSteps())
  const during = await delaysOf(() => pipeline.write(output, { memory, threads, overwrite: true }))
  const milliseconds = performance.now() - start
  clearInterval(sampler)
  const { peak } = processMemory()
  const filesOverIdle = Math.max(files - before.ofFiles, 0)
  return {
    milliseconds,
    idle: before.resident,
    peakOverIdle: peak - before.resident,
    filesOverIdle,
    quiet,
    during,
  }
}

const [input, output, memory, threads] = process.argv.slice(2) as [string, string, string, string]
console.log(JSON.stringify(await measure(input, output, memory, Number(threads))))
