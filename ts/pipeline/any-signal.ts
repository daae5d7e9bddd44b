// Node.js 20 holds what such a signal follows weakly: a timeout that nobody else holds would be collected, and never come.
const followed = new WeakMap<AbortSignal, readonly AbortSignal[]>()

/** A signal that is aborted with the first of others, which live as long as it does. */
export function anySignal(...signals: readonly AbortSignal[]): AbortSignal {
  const any = AbortSignal.any([...signals])
  followed.set(any, signals)
  return any
}
