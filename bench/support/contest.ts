import { bytesOf, type DType } from '../../ts/core/dtype.ts'
import { type ComputeOptions, pipe, Volume } from '../../ts/index.ts'
import type { Options } from '../options.ts'
import { type Agreement, checkAnswers } from './answers.ts'
import { memcpyInto } from './memcpy.ts'
import type { PeerProcess, PeerTask } from './peer-process.ts'
import { installedPeers, type Peer } from './peers.ts'
import { percent, short, type Table, times, verdict } from './report.ts'
import { type InputType, type TestVolume, testVolume } from './test-volume.ts'
import { median, milliseconds, takeTurns } from './timing.ts'

/** The steps of a pipeline. */
export type Steps = Parameters<typeof pipe> extends [unknown, ...infer S] ? S : never

/** One operation, ours and the peers'. */
export interface Contest {
  readonly title: string
  readonly dtype: InputType
  readonly steps: Steps
  readonly peer: PeerTask
  readonly agreement: Agreement
  /** Least ratio to ITK on one thread, reused buffers. */
  readonly bar?: number
  readonly options?: Pick<ComputeOptions, 'executor'>
}

const memories = ['reused', 'fresh'] as const
type Memory = (typeof memories)[number]

/** Medians of one contest on some number of threads. */
interface Outcome {
  readonly contest: Contest
  readonly threads: number
  readonly ours: Record<Memory, number>
  readonly memcpy: Record<Memory, number>
  readonly peers: ReadonlyMap<string, { readonly times: Record<Memory, number>; readonly answer: string }>
}

/** A volume of our own with the test volume's voxels. */
export function ownVolume({ shape, dtype, data }: TestVolume): Volume {
  const volume = Volume.create({ shape, dtype })
  volume.data.set(data as never)
  volume.touch()
  return volume
}

/** Voxline's side: its result and what a run costs. */
async function ourSide(contest: Contest, volume: TestVolume, threads: number) {
  const source = ownVolume(volume)
  const pipeline = pipe(source, ...contest.steps)
  const options = { ...contest.options, threads }
  const into = (await pipeline.compute(options)) as Volume
  const { shape, dtype } = into
  const run = async (memory: Memory) => {
    if (memory === 'reused') return await milliseconds(() => pipeline.compute({ ...options, into }))
    let made: Volume | undefined
    // Zeroed memory comes straight from the system, so every page of it is touched first by this run.
    const ms = await milliseconds(async () => {
      made = Volume.create({ shape, dtype })
      await pipeline.compute({ ...options, into: made })
    })
    made?.dispose()
    return ms
  }
  const close = () => {
    into.dispose()
    source.dispose()
  }
  return { dtype: dtype as DType, into, run, close }
}

const slow = 3000

// A peer that takes seconds is timed in fresh memory once: what the pages cost drowns in the rest.
function peerTurns(name: string, process: PeerProcess) {
  let last = 0
  return {
    [`${name} reused`]: async () => {
      last = await process.run('reused')
      return last
    },
    [`${name} fresh`]: (round: number) => (round > 0 && last > slow ? Number.NaN : process.run('fresh')),
  }
}

async function hold(contest: Contest, threads: number, budget: number, peers: readonly Peer[]): Promise<Outcome> {
  const volume = testVolume(volumeSize, contest.dtype)
  const side = await ourSide(contest, volume, threads)
  const rivals: { readonly name: string; readonly process: PeerProcess; readonly answer: string }[] = []
  try {
    for (const peer of peers) {
      const process = await peer.start(contest.peer, volume, threads)
      const theirs = await process.result(side.dtype)
      rivals.push({ name: peer.name, process, answer: checkAnswers(side.into.data, theirs, contest.agreement) })
    }
    const bytes = volume.data.byteLength + side.into.byteLength
    // Ours is short: three runs a round.
    const ours = async (memory: Memory) => median([await side.run(memory), await side.run(memory), await side.run(memory)])
    const turns = {
      'ours reused': () => ours('reused'),
      'memcpy reused': () => memcpyInto('reused', bytes),
      'ours fresh': () => ours('fresh'),
      'memcpy fresh': () => memcpyInto('fresh', bytes),
      ...Object.assign({}, ...rivals.map(({ name, process }) => peerTurns(name, process))),
    } as Record<string, (round: number) => Promise<number>>
    const taken = await takeTurns(turns, { budget })
    const both = (name: string): Record<Memory, number> => {
      const middle = (memory: Memory) => median((taken[`${name} ${memory}`] as number[]).filter((ms) => !Number.isNaN(ms)))
      return { reused: middle('reused'), fresh: middle('fresh') }
    }
    const theirs = rivals.map(({ name, answer }) => [name, { times: both(name), answer }] as const)
    return { contest, threads, ours: both('ours'), memcpy: both('memcpy'), peers: new Map(theirs) }
  } finally {
    for (const { process } of rivals) await process.close()
    side.close()
  }
}
