import { VoxlineError, versions } from '../index.ts'
import type { Command, Io } from './command.ts'
import { commands } from './commands/index.ts'
import { commandHelp, overview } from './help.ts'
import { UsageError, unknownWord } from './usage-error.ts'

/** Runs one command line and gives its exit code: 0 done, 1 a difference or a failed run, 2 wrong usage, 130 interrupted. */
export async function runCli(args: readonly string[], io: Io): Promise<number> {
  try {
    return await dispatch(args, io)
  } catch (error) {
    io.complain(`voxline: ${isDebug(args) ? stackOf(error) : messageOf(error)}\n`)
    if (io.signal.aborted && error === io.signal.reason) return 130
    return isUsage(error) ? 2 : 1
  }
}

async function dispatch(args: readonly string[], io: Io): Promise<number> {
  const [name, ...rest] = args
  if (name === undefined)
    throw new UsageError(`a command is missing: one of ${commands.map((c) => c.name).join(', ')}`)
  if (name === '--version') return printed(io, `${versions.voxline}\n`)
  if (name === '--help' || name === '-h') return printed(io, overview(commands))
  if (name === 'help')
    return printed(io, rest[0] === undefined ? overview(commands) : commandHelp(commandNamed(rest[0])))
  const command = commandNamed(name)
  if (asksForHelp(rest)) return printed(io, commandHelp(command))
  return await command.run(rest, io)
}

function printed(io: Io, text: string): number {
  io.write(text)
  return 0
}

function commandNamed(name: string): Command {
  const found = commands.find((command) => command.name === name)
  if (found !== undefined) return found
  const names = commands.map((command) => command.name)
  throw unknownWord(name.startsWith('-') ? 'flag' : 'command', name, [
    ...names,
    'help',
    '--help',
    '--version',
  ])
}

function beforeWords(args: readonly string[]): readonly string[] {
  const end = args.indexOf('--')
  return end < 0 ? args : args.slice(0, end)
}

function asksForHelp(args: readonly string[]): boolean {
  return beforeWords(args).some((arg) => arg === '--help' || arg === '-h')
}

function isDebug(args: readonly string[]): boolean {
  return beforeWords(args).includes('--debug')
}

// What the library refuses was said on the command line, unless it is a file or a run that failed.
function isUsage(error: unknown): boolean {
  if (error instanceof UsageError) return true
  return error instanceof VoxlineError && (error.code === 'InvalidArgument' || error.code === 'OutOfBounds')
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return asFlag(error).split('\n')[0] as string
}

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const cause = error.cause === undefined ? '' : `\ncaused by ${stackOf(error.cause)}`
  return `${error.stack ?? error.message}${cause}`
}

// Options of calls have the flags' names: `write.memory` is --memory here.
function asFlag(error: Error): string {
  return error.message.replace(/^(?:write|compute|explain|tiles|fromFile)\.(\w+)/, '--$1')
}
