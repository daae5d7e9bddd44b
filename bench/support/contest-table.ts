import type { Options } from '../options.ts'
import { type Contest, goalThreads, holdContests, type Outcome, type PeerOutcome } from './contest.ts'
import type { Memory } from './our-side.ts'
import { missingPeers } from './peers.ts'
import { percent, type Rating, type Section, short, type Table, times, verdict } from './report.ts'

/** The peers of one row, the fastest first. */
function ranked({ peers }: Outcome, memory: Memory): readonly PeerOutcome[] {
  return [...peers].sort((a, b) => a.times[memory] - b.times[memory])
}

// What the goal is about: the peer it names, else the fastest.
function rival(outcome: Outcome): PeerOutcome | undefined {
  const { against } = outcome.contest
  return ranked(outcome, 'reused').find(({ key }) => against === undefined || key === against)
}

function ratingOf(outcome: Outcome): Rating | undefined {
  const { contest, ours } = outcome
  const peer = rival(outcome)
  if (outcome.threads !== goalThreads(contest) || !peer) return undefined
  const ratio = peer.times.reused / ours.reused
  return {
    title: contest.title,
    ratio,
    peer: peer.name,
    ...(contest.goal !== undefined && { goal: contest.goal }),
  }
}

function goalText(outcome: Outcome, memory: Memory): string {
  const rating = ratingOf(outcome)
  if (memory !== 'reused' || rating?.goal === undefined) return ''
  const against = outcome.contest.against ?? ''
  return verdict(`≥ ${rating.goal}×${against && ` ${against}`}`, rating.ratio >= rating.goal)
}

function rowsOf(outcome: Outcome): Table {
  const { contest, threads, ours, memcpy } = outcome
  return outcome.memories.map((memory) => {
    const [fastest, ...others] = ranked(outcome, memory)
    const mine = ours[memory]
    const ratio = (peer: PeerOutcome) => times(peer.times[memory] / mine)
    const best = fastest ? [fastest.name, short(fastest.times[memory]), ratio(fastest)] : ['–', '–', '–']
    const rest = others.map((peer) => `${peer.name} ${short(peer.times[memory])} (${ratio(peer)})`).join(', ')
    const share = [short(memcpy[memory]), percent(memcpy[memory] / mine)]
    return [
      contest.title,
      String(threads),
      memory,
      short(mine),
      ...best,
      goalText(outcome, memory),
      ...share,
      rest,
    ]
  })
}

const head = [
  'operation',
  'threads',
  'buffers',
  'voxline ms',
  'fastest peer',
  'its ms',
  'ratio',
  'goal',
  'memcpy ms',
  'of memcpy speed',
  'other peers: ms (ratio)',
]

function answersText(outcomes: readonly Outcome[]): string {
  const said = outcomes
    .filter(({ threads }) => threads === outcomes[0]?.threads)
    .map(({ contest, peers }) => {
      const answers = [...new Set(peers.map(({ answer }) => answer))]
      const of = (answer: string) => peers.filter((peer) => peer.answer === answer).map(({ key }) => key)
      return `${contest.title}: ${answers.map((answer) => `${of(answer).join(', ')} ${answer}`).join('; ') || 'no peer'}`
    })
  return `Answers, checked before timing. ${said.join('. ')}.`
}

function slowerText(outcomes: readonly Outcome[]): string {
  const slower = outcomes.flatMap((outcome) =>
    outcome.memories.flatMap((memory) => {
      const names = outcome.peers
        .filter(({ times: theirs }) => theirs[memory] < outcome.ours[memory])
        .map(({ key }) => key)
      if (names.length === 0) return []
      return `${outcome.contest.title} (threads ${outcome.threads}, ${memory} buffers) than ${names.join(', ')}`
    }),
  )
  return slower.length > 0 ? `Slower: ${slower.join('; ')}.` : 'Nothing here was slower than a peer.'
}

function slicesText(contests: readonly Contest[], { size }: Options): string {
  const thin = contests.filter(({ slices }) => slices !== undefined && slices < size)
  if (thin.length === 0) return ''
  const said = thin.map(({ title, slices }) => `${title}: ${slices}`).join('; ')
  return `Where peers are slow, both sides get the middle slices only. ${said}.`
}

/** A section about contests: how the answers agree, what is slower, the table. */
export async function contestSection(
  intro: string,
  contests: readonly Contest[],
  options: Options,
): Promise<Section> {
  const outcomes = await holdContests(contests, options)
  const missing = missingPeers()
  const left = missing.length > 0 ? `Not installed, so left out: ${missing.join(', ')}.` : ''
  const paragraphs = [intro, slicesText(contests, options), answersText(outcomes), slowerText(outcomes), left]
  return {
    paragraphs: paragraphs.filter(Boolean),
    tables: [{ rows: [head, ...outcomes.flatMap(rowsOf)] }],
    ratings: outcomes.flatMap((outcome) => ratingOf(outcome) ?? []),
  }
}
