import { counters, memoryLimit, type QueueState, queue, type Volume } from '../../ts/index.ts'

/** Sets the limit to so many bytes more than the process takes. */
export function limitAbove(more: number): void {
  memoryLimit(process.memoryUsage.rss() - counters().pooled + more)
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
