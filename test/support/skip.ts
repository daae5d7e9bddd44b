import type { Test } from 'uvu'

/** Why tests were skipped, in order; the runner prints them and refuses a skip that is not listed here. */
export const skipReasons: string[] = []

type Case = (name: string, body: () => unknown) => void

/**
 * The suite's own `test` where `condition` holds; otherwise one that skips, saying why:
 *
 *     const withFiles = skipUnless(test, shared !== null, 'no shared data')
 *     withFiles('reads every fixture', async () => { … })
 */
export function skipUnless<T>(test: Test<T>, condition: boolean, reason: string): Case {
  if (condition) return (name, body) => test(name, body as () => void)
  return (name) => {
    skipReasons.push(`${name}: ${reason}`)
    test.skip(name)
  }
}
