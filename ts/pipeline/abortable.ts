import { onAbort } from './on-abort.ts'

/** What a promise gives, unless the signal is aborted first: then its reason is thrown, whatever becomes of the promise. */
export async function abortable<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return await promise
  let leave = () => {}
  const aborted = new Promise<never>((_, reject) => {
    if (signal.aborted) reject(signal.reason)
    else leave = onAbort(signal, () => reject(signal.reason))
  })
  try {
    return await Promise.race([promise, aborted])
  } catch (error) {
    throw signal.aborted ? signal.reason : error
  } finally {
    leave()
  }
}
