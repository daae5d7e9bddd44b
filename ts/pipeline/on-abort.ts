import { addAbortListener } from 'node:events'

interface Listening {
  readonly listeners: Set<() => void>
  readonly end: () => void
}

// Node.js warns of more than ten listeners, and any number of runs may share a signal: it gets one for all.
const listening = new WeakMap<AbortSignal, Listening>()

/** Calls `listener` when a signal is aborted from now on, until the function it gives is called. */
export function onAbort(signal: AbortSignal, listener: () => void): () => void {
  const { listeners, end } = listening.get(signal) ?? begin(signal)
  listeners.add(listener)
  return () => {
    if (listeners.delete(listener) && listeners.size === 0) end()
  }
}

function begin(signal: AbortSignal): Listening {
  const listeners = new Set<() => void>()
  const added = addAbortListener(signal, () => {
    for (const listener of listeners) listener()
  })
  const end = () => {
    added[Symbol.dispose]()
    listening.delete(signal)
  }
  const begun = { listeners, end }
  listening.set(signal, begun)
  return begun
}
