// Run by test/ts/volume/handle.test.ts: prints what threads that share a volume saw of each other.
import { once } from 'node:events'
import { setTimeout } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { counters, Volume, type VolumeToken } from '../../ts/index.ts'

const program = new URL('./handle-worker.mjs', import.meta.url)

async function started(workerData: object): Promise<[worker: Worker, message: unknown]> {
  const worker = new Worker(program, { workerData })
  const [message] = await once(worker, 'message')
  return [worker, message]
}

const start = counters()
const volume = Volume.create({ shape: [3 << 20, 2], dtype: 'uint8' })
const handle = volume.handle()
const { data } = volume

const four = [1, 2, 3, 4].map(async (value) => {
  const [worker] = await started({ token: handle, at: value * 5000, value })
  await once(worker, 'exit')
})
await Promise.all(four)
const fromWorker = [1, 2, 3, 4].map((value) => data[value * 5000])

const [ended, token] = await started({ at: 1, value: 77 })
await once(ended, 'exit')
const left = Volume.fromHandle(token as VolumeToken, { close: true })
const ofEndedWorker = left.get(1, 0)
left.dispose()

const [staying] = await started({ token: handle, at: 7, value: 5, stays: true })
const taken = volume.snapshot()
volume.set(6, 8, 0)
const second = volume.snapshot()
volume.set(9, 8, 0)
await staying.terminate()
const afterTermination = volume.get(7, 0)
const isolated = [second.get(8, 0), volume.get(8, 0)]

handle.close()
for (const each of [volume, taken, second]) each.dispose()
await setTimeout(20)
const end = counters()
console.log(
  JSON.stringify({
    fromWorker,
    ofEndedWorker,
    afterTermination,
    isolated,
    leaked: end.live - start.live,
    memories: end.memories - start.memories,
    handles: end.handles - start.handles,
  }),
)
