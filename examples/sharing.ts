// Who sees whose writes: one part per row of the table in docs/sharing.md.
import { Worker } from 'node:worker_threads'
import { counters, linear, pipe, Volume } from '../ts/index.ts'

const made = () => Volume.create({ shape: [256, 256, 100], dtype: 'uint8' })
const last = [255, 255, 99] as const

// 1. The exported array is the volume.
{
  using volume = made()
  using view = volume.flip([0, 1, 2])
  volume.data[0] = 1
  console.log('1 a view sees the array:', view.get(...last))
}

// 2. An array nobody can change.
{
  using volume = made()
  const { data } = volume
  using now = volume.snapshot()
  data[0] = 2
  console.log('2 the snapshot does not:', now.data[0])
}

// 3. Editing while others hold the volume.
{
  using volume = made()
  const same = volume.edit((data) => data.fill(3))
  using view = volume.view()
  using other = volume.edit((data) => data.fill(4))
  console.log('3 in place, then on a copy:', same === volume, view.get(0, 0, 0), other.get(0, 0, 0))
}

// 4. A volume on an array of the caller's.
{
  const mine = new Uint8Array(6)
  using volume = Volume.wrap(mine, { shape: [3, 2] })
  mine[5] = 5
  volume.set(6, 0, 0)
  console.log('4 both sides see writes:', volume.get(2, 1), mine[0])
}

// 5. What holds the memory.
{
  const before = counters().live
  const volume = made()
  const view = volume.view({ start: [1, 0, 0] })
  const { data } = volume
  volume.dispose()
  const held = counters().live - before
  view.dispose()
  console.log('5 the last owner frees it:', held, counters().live - before, data.length)
}

// 6. A run that is not to see later writes.
{
  using volume = made()
  const running = pipe(volume, linear({ shift: 1 })).compute({ isolate: true })
  volume.data.fill(100)
  using result = await running
  console.log('6 the run saw the start:', result.get(...last))
}

// 7. Another thread.
{
  using volume = made()
  using handle = volume.handle()
  const program = new URL('sharing-worker.mjs', import.meta.url)
  await new Promise((resolve) => new Worker(program, { workerData: handle }).once('exit', resolve))
  console.log('7 a worker wrote:', volume.get(1, 2, 3))
}
