// end-with-workers.ts HOW FOLDER: with volumes of every kind alive, runs and calls under way here and in two worker threads, ends the process.
import { once } from 'node:events'
import { setTimeout } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { Volume } from '../../../ts/index.ts'
import { longRun, noiseVolume } from './long-run.ts'

const [how, path] = process.argv.slice(2) as [string, string]
const volume = noiseVolume([120, 110, 100])
await noiseVolume([31, 17, 9]).write(path)
const alive = {
  volume,
  snapshot: noiseVolume([200, 150, 100]).snapshot(),
  view: volume.view({ start: [1, 2, 3] }).flipToOrientation('ASR'),
  array: volume.data,
  map: Volume.map(path, { mode: 'c' }),
  handle: volume.handle(),
  wrapped: Volume.wrap(new Float32Array(60), { shape: [3, 4, 5] }),
}
Object.assign(globalThis, { alive })

// More runs than the pool has drivers, each waiting for this thread again and again: what the worker threads ask for queues behind them.
const running = [
  alive.view.copy({ dtype: 'float64' }),
  alive.snapshot.flipToOrientation('SAR', { layout: 'SAR' }),
  longRun('native', volume).compute(),
  ...Array.from({ length: 12 }, () => longRun('script', volume).compute()),
]
for (const each of running) each.catch(() => {})
const program = new URL('./worker.mjs', import.meta.url)
const workers = ['native', 'script'].map((chain) => {
  const handle = structuredClone(alive.handle)
  return new Worker(program, { workerData: { chain, length: 120, times: 50, handle } })
})
await Promise.all(workers.map((worker) => once(worker, 'message')))
await setTimeout(60)

const ends: Readonly<Record<string, () => void>> = {
  exit: () => process.exit(7),
  signal: () => void process.kill(process.pid, 'SIGTERM'),
  throw: () => {
    throw new Error('thrown with workers at work')
  },
}
console.log(Date.now())
ends[how]?.()
