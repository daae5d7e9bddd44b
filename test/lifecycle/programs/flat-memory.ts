// flat-memory.ts KIND: makes 10 000 volumes of 1 MiB, one after another, and prints the bytes of the process early on, at most and at the end.
import { setImmediate } from 'node:timers/promises'
import { counters, Volume } from '../../../ts/index.ts'

const shape = [64, 64, 128]
const make = () => Volume.create({ shape, dtype: 'int16' })

async function disposed(k: number): Promise<void> {
  using volume = make()
  using view = volume.view({ start: [1, 2, 3] })
  volume.data[k % volume.size] = k % 1000
  using turned = view.flipToOrientation('ASR')
  if (k % 4 === 0) using(await turned.copy())
  if (k % 4 === 1) using(volume.snapshot())
  if (k % 4 === 2) volume.handle().close()
  if (k % 4 === 3) await volume.fill(k % 100)
}

function using(volume: Volume): void {
  volume.dispose()
}

// Nobody disposes these: the collector has to learn of their bytes.
async function collected(k: number): Promise<void> {
  const volume = make()
  if (k % 3 === 0) volume.flip([0]).data[5] = 1
  if (k % 3 === 1) await volume.fill(3)
  if (k % 20 === 0) await setImmediate()
}

const kinds: Readonly<Record<string, (k: number) => Promise<void>>> = { disposed, collected }
const work = kinds[process.argv[2] as string] as (k: number) => Promise<void>
// By then the young generation of the heap has the size it keeps.
const warmUp = 3000
let [early, most] = [0, 0]
for (let k = 0; k < 10_000; k++) {
  await work(k)
  if (k === warmUp) early = process.memoryUsage.rss()
  if (k % 50 === 0) most = Math.max(most, process.memoryUsage.rss())
}
const { live, memories, volumes, handles } = counters()
const held = { live, memories, volumes, handles }
console.log(JSON.stringify({ early, most, end: process.memoryUsage.rss(), held }))
