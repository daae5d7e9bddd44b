import type { RunOptions } from '../index.ts'
import type { Io } from './command.ts'
import { type FlagValues, flag } from './flags.ts'
import { progressBar } from './progress-bar.ts'

/** Flags of every command that computes. None of them changes a byte of the result. */
export const runFlags = {
  memory: flag.text('BYTES', 'Memory budget, such as 256MiB; by default half of what is free.'),
  divisions: flag.whole('N', 'Compute in N parts, one after another, instead of as the budget asks.', 1),
  threads: flag.whole('N', 'Use at most N workers.', 1),
  executor: flag.choice(
    ['fused', 'reference'],
    'How tiles are carried through the steps; reference is slow and obvious.',
  ),
} as const

/** The flag of every command that writes a file. */
export const forceFlag = { force: flag.toggle('Replace a file that is there already.') } as const

/** The flag of every command whose answer programs may want. */
export const jsonFlag = { json: flag.toggle('Print the answer as JSON.') } as const

type Given = FlagValues<typeof runFlags> & { readonly quiet?: true | undefined }

/** Runs `work` with the options the flags stand for, with a progress bar where there is a terminal to show it. */
export async function running<T>(
  flags: Given,
  io: Io,
  work: (options: RunOptions) => Promise<T>,
): Promise<T> {
  const { memory, divisions, threads, executor } = flags
  const bar = io.isTerminal && !flags.quiet ? progressBar(io) : undefined
  try {
    return await work({
      signal: io.signal,
      ...(memory !== undefined && { memory: /^\d+$/.test(memory) ? Number(memory) : memory }),
      ...(divisions !== undefined && { divisions }),
      ...(threads !== undefined && { threads }),
      ...(executor !== undefined && { executor }),
      ...(bar && { onProgress: bar.show }),
    })
  } finally {
    bar?.clear()
  }
}
