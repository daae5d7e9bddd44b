import type { Options } from '../options.ts'
import { type Agreement, checkAnswers, inside } from './answers.ts'
import { memcpyInto } from './memcpy.ts'
import { type NiftiEnding, niftiFile } from './nifti-file.ts'
import { type Memory, memories, type OurSide, type OurWay } from './our-side.ts'
import type { PeerProcess, PeerTask } from './peer-process.ts'
import { installedPeers, type PeerKey } from './peers.ts'
import { type InputKind, type TestVolume, testVolume } from './test-volume.ts'
import { median, shortTurn, takeTurns } from './timing.ts'

/** A definition of a peer's that is not quite ours. */
export interface Unlike {
  readonly because: string
  readonly agreement?: Agreement
  readonly margin?: number
}

/** One operation, ours and the peers'. */
export interface Contest {
  readonly title: string
  readonly input: InputKind
  /** Slices of the test volume to take, where peers would take too long over all of them. */
  readonly slices?: number
  /** Whether both sides get the volume as a file. */
  readonly file?: NiftiEnding
  readonly ours: OurWay
  readonly peer: PeerTask
  readonly agreement: Agreement
  /** Voxels along the faces left out of the comparison, where peers treat the border otherwise. */
  readonly margin?: number
  readonly unlike?: Partial<Readonly<Record<PeerKey, Unlike>>>
  /** Least ratio to the fastest peer, or to the one named, with reused buffers. */
  readonly goal?: number
  readonly against?: PeerKey
  /** Threads that the goal is for: 1 unless given. Peers that know only one thread take part up to here. */
  readonly goalThreads?: number
}

/** Median milliseconds into reused and into fresh memory; NaN where that makes no difference. */
export type Times = Readonly<Record<Memory, number>>

/** One peer's part in a contest. */
export interface PeerOutcome {
  readonly key: PeerKey
  readonly name: string
  readonly times: Times
  /** How well its answer agrees with ours. */
  readonly answer: string
}

/** Medians of one contest on some number of threads. */
export interface Outcome {
  readonly contest: Contest
  readonly threads: number
  readonly memories: readonly Memory[]
  readonly ours: Times
  /** A copy that reads and writes as many bytes as source and sink have. */
  readonly memcpy: Times
  readonly peers: readonly PeerOutcome[]
}

interface Rival {
  readonly key: PeerKey
  readonly name: string
  readonly process: PeerProcess
  readonly answer: string
}

type Run = (memory: Memory) => Promise<number>
type Turn = (round: number) => Promise<number>

// From this many milliseconds on a peer's warm-up counts as its run in fresh memory: the cold caches drown in the rest.
const slow = 1000

/** The number of threads a contest's goal is for. */
export function goalThreads({ goalThreads }: Contest): number {
  return goalThreads ?? 1
}

function inputOf({ input, slices, file }: Contest, size: number): TestVolume {
  const volume = testVolume(size, input, Math.min(slices ?? size, size))
  return file ? { ...volume, path: niftiFile(size, file).path } : volume
}

async function compared(
  contest: Contest,
  mine: OurSide,
  key: PeerKey,
  process: PeerProcess,
): Promise<string> {
  const unlike = contest.unlike?.[key]
  const agreement = unlike?.agreement ?? contest.agreement
  const where = { shape: mine.shape, margin: unlike?.margin ?? contest.margin ?? 0 }
  const theirs = await process.result(mine.dtype)
  const answer = checkAnswers(inside(await mine.answer(), where), inside(theirs, where), agreement)
  const margin = where.margin > 0 ? `, ${where.margin} voxels along the faces apart` : ''
  return `${answer}${margin}${unlike ? ` (${unlike.because})` : ''}`
}

async function startRivals(
  contest: Contest,
  input: TestVolume,
  threads: number,
  mine: OurSide,
): Promise<Rival[]> {
  const rivals: Rival[] = []
  for (const { key, name, knows, isThreaded, start } of installedPeers()) {
    if (!knows(contest.peer.operation, input) || (threads > goalThreads(contest) && !isThreaded)) continue
    const process = await start(contest.peer, input, threads)
    try {
      rivals.push({ key, name, process, answer: await compared(contest, mine, key, process) })
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
  const turn = (memory: Memory) => async (round: number) =>
    round > 1 && spent > budget ? Number.NaN : await shortTurn(() => run(memory))
  return { reused: turn('reused'), fresh: isSlow ? async () => process.first : turn('fresh') }
}

const turns = (run: Run): Record<Memory, Turn> => ({
  reused: () => shortTurn(() => run('reused')),
  fresh: () => shortTurn(() => run('fresh')),
})

async function timeAll(side: OurSide, rivals: readonly Rival[], budget: number): Promise<readonly Times[]> {
  const contestants: Record<Memory, Turn>[] = [
    turns((memory) => side.run(memory)),
    turns((memory) => memcpyInto(memory, side.bytes)),
    ...rivals.map((rival) => rivalTurns(rival, budget / 3)),
  ]
  const all = contestants.flatMap((contestant) => side.memories.map((memory) => contestant[memory]))
  const taken = await takeTurns(all, { budget, least: 5 })
  const middles = taken.map((times) => median(times.filter((ms) => !Number.isNaN(ms))))
  return contestants.map((_, k) => {
    const at = (memory: Memory) => {
      const column = side.memories.indexOf(memory)
      return column < 0 ? Number.NaN : (middles[side.memories.length * k + column] as number)
    }
    return { reused: at('reused'), fresh: at('fresh') }
  })
}

async function hold(contest: Contest, threads: number, { size, budget }: Options): Promise<Outcome> {
  const input = inputOf(contest, size)
  const side = await contest.ours(input, { threads })
  let rivals: readonly Rival[] = []
  try {
    rivals = await startRivals(contest, input, threads, side)
    const [ours, memcpy, ...theirs] = (await timeAll(side, rivals, budget)) as [Times, Times, ...Times[]]
    const peers = rivals.map(({ key, name, answer }, k) => ({ key, name, answer, times: theirs[k] as Times }))
    return {
      contest,
      threads,
      memories: memories.filter((m) => side.memories.includes(m)),
      ours,
      memcpy,
      peers,
    }
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
