import { setTimeout } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { counters, memoryLimit, type QueueState, queue, type Volume } from '../../ts/index.ts'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

const takenNow = () => process.memoryUsage.rss() - counters().pooled

/** Waits until what earlier tests left has gone: several collections in a row find nothing more. */
export async function collected(): Promise<void> {
  let taken = Number.POSITIVE_INFINITY
  for (let round = 0, calm = 0; round < 40 && calm < 4; round++) {
    collect()
    await setTimeout(15)
    calm = Math.abs(taken - takenNow()) > 2 ** 18 ? 0 : calm + 1
    taken = takenNow()
  }
}

/** Sets the limit to so many bytes more than the process takes. */
export async function limitAbove(more: number): Promise<void> {
  await collected()
  memoryLimit(takenNow() + more)
}

/** What a run asks for when it is let in. */
export async function bytesOf(run: () => Promise<Volume>): Promise<number> {
  let most = 0
  const note = ({ bytes }: QueueState) => {
    most = Math.max(most, bytes)
  }
  queue.on('change', note)
  await disposed(run())
  queue.off('change', note)
  return most
}

/** Waits for a result that is not wanted. */
export async function disposed(result: Promise<Volume>): Promise<void> {
  const volume = await result
  volume.dispose()
}
