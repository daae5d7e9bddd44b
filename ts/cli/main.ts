#!/usr/bin/env node
import { runCli } from './run-cli.ts'

// A reader that has seen enough (`voxline filters | head`) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0)
  throw error
})

const interrupt = new AbortController()
// The second one ends the process at once.
process.once('SIGINT', () => interrupt.abort(new Error('interrupted')))

process.exitCode = await runCli(process.argv.slice(2), {
  write: (text) => void process.stdout.write(text),
  complain: (text) => void process.stderr.write(text),
  isTerminal: process.stderr.isTTY === true,
  columns: process.stderr.columns ?? 80,
  signal: interrupt.signal,
})
