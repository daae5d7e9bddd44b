import { type Flags, type FlagValues, flag, parseFlags } from './flags.ts'
import { UsageError } from './usage-error.ts'

/** Where a command's words go, so that it can run inside a test as well as in a terminal. */
export interface Io {
  /** Standard output. */
  write(text: string): void
  /** Standard error. */
  complain(text: string): void
  /** Whether standard error is a terminal, and how wide. */
  readonly isTerminal: boolean
  readonly columns: number
  /** Aborts the command. */
  readonly signal: AbortSignal
}

/** One word after a command's name. */
export interface Argument {
  readonly name: string
  readonly doc: string
  /** Any number of words from the given one on; only the last argument. */
  readonly many?: 'from 0' | 'from 1'
  readonly optional?: true
}

/** The flags of every command. */
export const everywhere = {
  quiet: flag.toggle('No progress bar and no summary.'),
  debug: flag.toggle('Print the stack of an error.'),
  help: flag.toggle('Print this help.'),
} as const

/** What a command is given. */
export interface Call<F extends Flags> {
  readonly words: readonly string[]
  readonly flags: FlagValues<F & typeof everywhere>
  readonly io: Io
}

/** One command: its help and the reading of its line come from the same declaration. */
export interface Command {
  readonly name: string
  readonly summary: string
  readonly arguments: readonly Argument[]
  readonly flags: Flags
  /** Paragraphs at the end of its help. */
  readonly notes: readonly string[]
  /** The exit code: 0, or 1 for a difference. */
  run(args: readonly string[], io: Io): Promise<number>
}

interface CommandOptions<F extends Flags> {
  readonly name: string
  readonly summary: string
  readonly arguments: readonly Argument[]
  readonly flags: F
  readonly notes?: readonly string[]
  readonly run: (call: Call<F>) => Promise<number>
}

/** Makes a command of its declaration. */
export function defineCommand<const F extends Flags>(options: CommandOptions<F>): Command {
  const { notes = [], run } = options
  const flags = { ...options.flags, ...everywhere }
  const start = async (args: readonly string[], io: Io): Promise<number> => {
    const parsed = parseFlags(args, flags)
    checkWords(options.name, options.arguments, parsed.words)
    return await run({ words: parsed.words, flags: parsed.flags as unknown as Call<F>['flags'], io })
  }
  return { ...options, flags, notes, run: start }
}

function checkWords(command: string, wanted: readonly Argument[], words: readonly string[]): void {
  const missing = wanted[words.length]
  if (missing !== undefined && !missing.optional && missing.many !== 'from 0')
    throw new UsageError(`${command}: ${missing.name} is missing (voxline ${command} ${usage(wanted)})`)
  const extra = words[wanted.length]
  if (extra === undefined || wanted.at(-1)?.many !== undefined) return
  throw new UsageError(
    `${command}: ${JSON.stringify(extra)} is one argument too many (voxline ${command} ${usage(wanted)})`,
  )
}

/** A command's arguments as its help shows them. */
export function usage(wanted: readonly Argument[]): string {
  const shown = wanted.map(({ name, many, optional }) => {
    if (many === 'from 0') return `[${name}…]`
    return optional ? `[${name}]` : `${name}${many ? '…' : ''}`
  })
  return shown.join(' ')
}
