import type { Options } from '../options.ts'
import { type Contest, holdContests, type Outcome } from './contest.ts'
import { memories } from './our-side.ts'
import { percent, type Section, short, type Table, times, verdict } from './report.ts'

function barText({ contest, threads, ours, peers }: Outcome): string {
  const itk = peers.find(({ name }) => name.startsWith('ITK'))
  if (contest.bar === undefined || threads !== 1 || !itk) return ''
  return verdict(`≥ ${contest.bar}× ITK`, itk.times.reused / ours.reused >= contest.bar)
}

function rowsOf(outcome: Outcome, peerNames: readonly string[]): Table {
  const { contest, threads, ours, memcpy, peers } = outcome
  return memories.map((memory) => {
    const theirs = peerNames.flatMap((name) => {
      const peer = peers.find((one) => one.name === name)
      return peer ? [short(peer.times[memory]), times(peer.times[memory] / ours[memory])] : ['–', '–']
    })
    const share = [short(memcpy[memory]), percent(memcpy[memory] / ours[memory])]
    const bar = memory === 'reused' ? barText(outcome) : ''
    return [contest.title, String(threads), memory, short(ours[memory]), ...theirs, ...share, bar]
  })
}

function timesTable(outcomes: readonly Outcome[]): Table {
  const names = [...new Set(outcomes.flatMap(({ peers }) => peers.map(({ name }) => name)))]
  const head = [
    'operation',
    'threads',
    'buffers',
    'voxline ms',
    ...names.flatMap((name) => [`${name} ms`, 'ratio']),
  ]
  const rows = outcomes.flatMap((outcome) => rowsOf(outcome, names))
  return [[...head, 'memcpy ms', 'of memcpy speed', 'bar'], ...rows]
}

function answersText(outcomes: readonly Outcome[]): string {
  const said = outcomes
    .filter(({ threads }) => threads === outcomes[0]?.threads)
    .flatMap(({ contest, peers }) =>
      peers.map(({ name, answer }) => `${contest.title} against ${name}: ${answer}`),
    )
  return said.length > 0
    ? `Answers, checked before timing: ${said.join('; ')}.`
    : 'No peer is installed here.'
}

function slowerText(outcomes: readonly Outcome[]): string {
  const slower = outcomes.flatMap(({ contest, threads, ours, peers }) =>
    peers.flatMap(({ name, times: theirs }) =>
      memories
        .filter((memory) => theirs[memory] < ours[memory])
        .map((memory) => `${contest.title} (${threads} threads, ${memory} buffers) than ${name}`),
    ),
  )
  return slower.length > 0 ? `Slower: ${slower.join('; ')}.` : 'Nothing here was slower than a peer.'
}

/** A section about contests: how the answers agree, what is slower, the table. */
export async function contestSection(
  intro: string,
  contests: readonly Contest[],
  options: Options,
): Promise<Section> {
  const outcomes = await holdContests(contests, options)
  return {
    paragraphs: [intro, answersText(outcomes), slowerText(outcomes)],
    tables: [{ rows: timesTable(outcomes) }],
  }
}
