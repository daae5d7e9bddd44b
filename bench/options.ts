import { parseArgs } from 'node:util'

/** What `npm run bench -- …` was asked for. */
export interface Options {
  /** Questions to answer; empty: all. */
  readonly names: readonly string[]
  /** Edge of the cubic test volume, in voxels. */
  readonly size: number
  readonly threads: readonly number[]
  /** Bytes of the streamed file's voxels. */
  readonly streamBytes: number
  /** Milliseconds to spend on one comparison. */
  readonly budget: number
  readonly isQuick: boolean
  /** Whether RESULTS.md is rewritten. */
  readonly write: boolean
}

export const usage = `npm run bench [-- NAME… --size 256 --threads 1,2 --stream 4GiB --quick --write]
  --size     edge of the cubic test volume, in voxels (256; 96 with --quick)
  --threads  thread counts to measure (1,2)
  --stream   size of the streamed file (4GiB; 256MiB with --quick)
  --quick    small volumes and few repetitions
  --write    put the tables into bench/RESULTS.md`

function wholeNumber(name: string, text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < 1)
    throw new Error(`--${name}: expected an integer above 0, received '${text}'`)
  return value
}

function bytes(text: string): number {
  const match = /^(\d+)(MiB|GiB)$/.exec(text)
  if (!match) throw new Error(`--stream: expected a size such as 256MiB or 4GiB, received '${text}'`)
  return Number(match[1]) * (match[2] === 'GiB' ? 2 ** 30 : 2 ** 20)
}

/** Reads the command line; throws on anything unknown. */
export function readOptions(args: readonly string[]): Options {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      size: { type: 'string' },
      threads: { type: 'string', default: '1,2' },
      stream: { type: 'string' },
      quick: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
    },
  })
  const isQuick = values.quick
  return {
    names: positionals,
    size: wholeNumber('size', values.size ?? (isQuick ? '96' : '256')),
    threads: values.threads.split(',').map((text) => wholeNumber('threads', text)),
    streamBytes: bytes(values.stream ?? (isQuick ? '256MiB' : '4GiB')),
    budget: isQuick ? 1000 : 5000,
    isQuick,
    write: values.write,
  }
}
