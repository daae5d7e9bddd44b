import { monitorEventLoopDelay } from 'node:perf_hooks'

/** Milliseconds that turns of an event loop came late. */
export interface Delays {
  readonly p50: number
  readonly p99: number
  readonly max: number
}

const period = 1

/** Begins to watch this process's event loop; the call it gives ends that and says how late turns came. */
export function watchDelays(): () => Delays {
  const histogram = monitorEventLoopDelay({ resolution: period })
  histogram.enable()
  return () => {
    histogram.disable()
    const late = (nanoseconds: number) => Math.max(nanoseconds / 1e6 - period, 0)
    return {
      p50: late(histogram.percentile(50)),
      p99: late(histogram.percentile(99)),
      max: late(histogram.max),
    }
  }
}
