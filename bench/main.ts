import { readFileSync, writeFileSync } from 'node:fs'
import { simd } from 'voxline'
import { chain } from './chain.ts'
import { divisions } from './divisions.ts'
import { files } from './files.ts'
import { geometry } from './geometry.ts'
import { gradientMagnitude } from './gradient-magnitude.ts'
import { infoLatency } from './info-latency.ts'
import { iteration } from './iteration.ts'
import { labels } from './labels.ts'
import { measures } from './measures.ts'
import { median } from './median.ts'
import { type Options, readOptions, usage } from './options.ts'
import { overheads } from './overheads.ts'
import { point } from './point.ts'
import type { Question } from './question.ts'
import { scaling } from './scaling.ts'
import { server } from './server.ts'
import { smoothing } from './smoothing.ts'
import { snapshot } from './snapshot.ts'
import { streamFile } from './stream-file.ts'
import { ratioChart } from './support/chart.ts'
import { loadText, machineText, versionsText } from './support/machine.ts'
import { installedPeers } from './support/peers.ts'
import { readRatings, writeRatings } from './support/ratings.ts'
import { type Rating, sectionText } from './support/report.ts'
import { traffic } from './traffic.ts'

const questions: readonly Question[] = [
  point,
  overheads,
  measures,
  gradientMagnitude,
  chain,
  traffic,
  median,
  smoothing,
  labels,
  geometry,
  files,
  scaling,
  divisions,
  streamFile,
  infoLatency,
  snapshot,
  iteration,
  server,
]
const beside = (name: string) => new URL(name, import.meta.url)
const [results, ratings, chart] = [beside('RESULTS.md'), beside('ratings.json'), beside('ratios.svg')]

const preface = `# Results

Written by \`npm run bench -- --write\`; each section says when and where it was measured. Absolute figures hold for that machine and moment only:
the ratios are the point, and both sides of a ratio were measured in one run, taking turns.

- Milliseconds are medians, after a warm-up. A peer's answer is compared with ours before anything is timed.
- Buffers: *reused* means the result goes into memory that was written to before (voxline: \`compute({ into })\`; ITK: the filter's own output of the run before).
  *Fresh* means memory straight from the system, allocation included.
- The ratio is the peer's time over ours. Goals are for one thread and reused buffers, against the fastest peer unless one is named.
- memcpy is one copy by the C library that reads and writes as many bytes together as source and sink have, into reused or fresh memory as the row says.

![Ratios to the fastest peers](ratios.svg)
`

function chosen(names: readonly string[]): readonly Question[] {
  const known = questions.map(({ name }) => name)
  const wrong = names.find((name) => !known.includes(name))
  if (wrong !== undefined) throw new Error(`unknown question '${wrong}': expected ${known.join(', ')}`)
  return names.length === 0 ? questions : questions.filter(({ name }) => names.includes(name))
}

interface Answer {
  readonly text: string
  readonly ratings: readonly Rating[]
}

async function answer(question: Question, options: Options): Promise<Answer> {
  console.error(`${question.title}`)
  const before = loadText()
  const section = await question.ask(options)
  const versions = versionsText(
    simd(),
    installedPeers().map(({ name }) => name),
  )
  const command = `npm run bench -- ${question.name} --size ${options.size} --threads ${options.threads.join(',')} --stream ${options.streamBytes / 2 ** 20}MiB${options.isQuick ? ' --quick' : ''}`
  const where = `\`${command}\`, ${new Date().toISOString().slice(0, 16)}Z. ${machineText()}. ${versions}. Beforehand: ${before}.`
  return {
    text: `## ${question.title}\n\n${sectionText(section)}\n\n${where}\n`,
    ratings: section.ratings ?? [],
  }
}

function earlierSections(): Map<string, string> {
  try {
    const parts = readFileSync(results, 'utf8')
      .split(/^(?=## )/m)
      .slice(1)
    return new Map(parts.map((part) => [part.slice(3, part.indexOf('\n')), part.trimEnd()]))
  } catch {
    return new Map()
  }
}

function writeResults(sections: ReadonlyMap<string, string>): void {
  const texts = questions.flatMap(({ title }) => sections.get(title) ?? [])
  writeFileSync(results, `${[preface.trimEnd(), ...texts.map((text) => text.trimEnd())].join('\n\n')}\n`)
}

function writeRatios(question: Question, answered: readonly Rating[]): void {
  const known = { ...readRatings(ratings), [question.name]: answered }
  const ordered = questions.flatMap(({ name }) => (known[name]?.length ? [[name, known[name]] as const] : []))
  writeRatings(ratings, Object.fromEntries(ordered))
  writeFileSync(chart, ratioChart(ordered.flatMap(([, some]) => some)))
}

async function main(): Promise<void> {
  const args = process.argv.slice(2)
  if (args.includes('--help')) return console.log(usage)
  const options = readOptions(args)
  const sections = earlierSections()
  for (const question of chosen(options.names)) {
    const { text, ratings: answered } = await answer(question, options)
    console.log(text)
    sections.set(question.title, text)
    if (!options.write) continue
    writeResults(sections)
    writeRatios(question, answered)
  }
}

try {
  await main()
} catch (error) {
  console.error(error)
  process.exitCode = 1
}
