import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

/** A program that answers every JSON line with one. */
export interface LineProcess {
  ask(query: object): Promise<Record<string, unknown>>
  end(): void
}

/** Starts a program that answers JSON lines; asking rejects once it has ended. */
export function lineProcess(command: string, args: readonly string[]): LineProcess {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return {
    async ask(query) {
      child.stdin.write(`${JSON.stringify(query)}\n`)
      const { value, done } = await lines.next()
      if (done) throw new Error(`${command} ${args.join(' ')} ended without an answer`)
      return JSON.parse(value)
    },
    end: () => void child.stdin.end(),
  }
}
