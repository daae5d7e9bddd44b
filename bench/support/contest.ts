import type { AnyStep } from '../../ts/index.ts'
import type { Options } from '../options.ts'
import { type Agreement, checkAnswers, inside } from './answers.ts'
import { memcpyInto } from './memcpy.ts'
import { type Memory, memories, type OurSide, ourSide } from './our-side.ts'
import type { PeerProcess, PeerTask } from './peer-process.ts'
import { installedPeers } from './peers.ts'
import { type InputType, type TestVolume, testVolume } from './test-volume.ts'
import { median, takeTurns } from './timing.ts'

/** One operation, ours and the peers'. */
export interface Contest {
  readonly title: string
  readonly dtype: InputType
  readonly steps: readonly AnyStep[]
  readonly peer: PeerTask
  readonly agreement: Agreement
  /** Voxels along the faces left out of the comparison, where peers treat the border otherwise. */
  readonly margin?: number
  /** Least ratio to ITK on one thread, reused buffers. */
  readonly bar?: number
}

/** Median milliseconds into reused and into fresh memory. */
export type Times = Readonly<Record<Memory, number>>

/** One peer's part in a contest. */
export interface PeerOutcome {
  readonly name: string
  readonly times: Times
  /** How well its answer agrees with ours. */
  readonly answer: string
}

/** Medians of one contest on some number of threads. */
export interface Outcome {
  readonly contest: Contest
  readonly threads: number
  readonly ours: Times
  /** A copy that reads and writes as many bytes as source and sink have. */
  readonly memcpy: Times
  readonly peers: readonly PeerOutcome[]
}

interface Rival {
  readonly name: string
  readonly process: PeerProcess
  readonly answer: string
}

type Turn = (round: number) => Promise<number>

// From this many milliseconds on a peer's warm-up counts as its run in fresh memory: the cold caches drown in the rest.
const slow = 3000

async function startRivals(
  contest: Contest,
  input: TestVolume,
  threads: number,
  mine: OurSide,
): Promise<Rival[]> {
  const rivals: Rival[] = []
  for (const { name, operations, isThreaded, start } of installedPeers()) {
    if (!operations.includes(contest.peer.operation) || (threads > 1 && !isThreaded)) continue
    const process = await start(contest.peer, input, threads)
    try {
      const theirs = await process.result(mine.into.dtype)
      const where = { shape: input.shape, margin: contest.margin ?? 0 }
      const answer = checkAnswers(inside(mine.into.data, where), inside(theirs, where), contest.agreement)
      rivals.push({ name, process, answer })
    } catch (error) {
      for (const opened of [...rivals.map((rival) => rival.process), process]) await opened.close()
      throw new Error(`${contest.title}: ${name}: ${(error as Error).message}`, { cause: error })
    }
  }
  return rivals
}

// A peer that has used up the budget sits out from the third round on.
function rivalTurns({ process }: Rival, budget: number): Record<Memory, Turn> {
  let spent = 0
  const run = async (memory: Memory) => {
    const ms = await process.run(memory)
    spent += ms
    return ms
  }
  const isSlow = process.first > slow
  return {
    reused: async (round) => (round > 1 && spent > budget ? Number.NaN : await run('reused')),
    fresh: async (round) => {
      if (isSlow) return process.first
      return round > 1 && spent > budget ? Number.NaN : await run('fresh')
    },
  }
}

// Ours is short: three runs a round.
function ourTurn(side: OurSide, memory: Memory): Turn {
  return async () => median([await side.run(memory), await side.run(memory), await side.run(memory)])
}

async function timeAll(side: OurSide, rivals: readonly Rival[], budget: number): Promise<readonly Times[]> {
  const contestants: Record<Memory, Turn>[] = [
    { reused: ourTurn(side, 'reused'), fresh: ourTurn(side, 'fresh') },
    { reused: () => memcpyInto('reused', side.bytes), fresh: () => memcpyInto('fresh', side.bytes) },
    ...rivals.map((rival) => rivalTurns(rival, budget)),
  ]
  const turns = contestants.flatMap((contestant) => memories.map((memory) => contestant[memory]))
  const taken = await takeTurns(turns, { budget })
  const middles = taken.map((times) => median(times.filter((ms) => !Number.isNaN(ms))))
  return contestants.map((_, k) => ({
    reused: middles[2 * k] as number,
    fresh: middles[2 * k + 1] as number,
  }))
}

async function hold(contest: Contest, threads: number, { size, budget }: Options): Promise<Outcome> {
  const input = testVolume(size, contest.dtype)
  const side = await ourSide(input, contest.steps, { threads })
  let rivals: readonly Rival[] = []
  try {
    rivals = await startRivals(contest, input, threads, side)
    const [ours, memcpy, ...theirs] = (await timeAll(side, rivals, budget)) as [Times, Times, ...Times[]]
    const peers = rivals.map(({ name, answer }, k) => ({ name, answer, times: theirs[k] as Times }))
    return { contest, threads, ours, memcpy, peers }
  } finally {
    for (const { process } of rivals) await process.close()
    side.close()
  }
}

/** Holds every contest on every number of threads, each peer's answer checked before anything is timed. */
export async function holdContests(
  contests: readonly Contest[],
  options: Options,
): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = []
  for (const contest of contests)
    for (const threads of options.threads) {
      process.stderr.write(`  ${contest.title}, ${threads} threads\n`)
      outcomes.push(await hold(contest, threads, options))
    }
  return outcomes
}
