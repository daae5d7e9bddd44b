// Terminates worker threads in the middle of their runs, twenty in all; prints what this process holds and can still do.
import { once } from 'node:events'
import { setTimeout } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { counters, median, pipe } from '../../../ts/index.ts'
import { noiseVolume } from './long-run.ts'

const program = new URL('./worker.mjs', import.meta.url)
const volume = noiseVolume([31, 17, 9])
const own = pipe(volume, median())
const wanted = await own.compute()

async function terminated(chain: string, milliseconds: number): Promise<number> {
  const worker = new Worker(program, { workerData: { chain, length: 100, times: 50 } })
  await once(worker, 'message')
  await setTimeout(milliseconds)
  const begun = performance.now()
  await worker.terminate()
  return performance.now() - begun
}

const before = counters().live
let slowest = 0
let right = 0
for (let round = 0; round < 5; round++) {
  const chains = ['native', 'script', 'reduction', 'script']
  const took = await Promise.all(chains.map((chain, k) => terminated(chain, (round * 17 + k * 7) % 50)))
  slowest = Math.max(slowest, ...took)
  const made = await own.compute()
  if (await made.equals(wanted)) right++
  made.dispose()
}
// Threads that have ended a run may still be at their last owners.
for (let k = 0; k < 40 && counters().live + counters().running > before; k++) await setTimeout(50)
const { live, running, queued } = counters()
console.log(JSON.stringify({ leaked: live - before, running, queued, slowest, right }))
