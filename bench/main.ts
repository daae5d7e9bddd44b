import { readFileSync, writeFileSync } from 'node:fs'
import { simd } from '../ts/index.ts'
import { chain } from './chain.ts'
import { divisions } from './divisions.ts'
import { gaussian } from './gaussian.ts'
import { gradientMagnitude } from './gradient-magnitude.ts'
import { infoLatency } from './info-latency.ts'
import { iteration } from './iteration.ts'
import { mean } from './mean.ts'
import { median } from './median.ts'
import { type Options, readOptions, usage } from './options.ts'
import { point } from './point.ts'
import type { Question } from './question.ts'
import { rescale } from './rescale.ts'
import { snapshot } from './snapshot.ts'
import { streamFile } from './stream-file.ts'
import { loadText, machineText, versionsText } from './support/machine.ts'
import { installedPeers } from './support/peers.ts'
import { sectionText } from './support/report.ts'
import { threads } from './threads.ts'
import { traffic } from './traffic.ts'

const questions: readonly Question[] = [
  median,
  gradientMagnitude,
  chain,
  traffic,
  rescale,
  mean,
  gaussian,
  point,
  threads,
  divisions,
  streamFile,
  infoLatency,
  snapshot,
  iteration,
]
const results = new URL('RESULTS.md', import.meta.url)

const preface = `# Results

Written by \`npm run bench -- --write\`; each section says when and where it was measured. Absolute figures hold for that machine and moment only:
the ratios are the point, and both sides of a ratio were measured in one run, taking turns.

- Milliseconds are medians, after a warm-up. A peer's answer is compared with ours before anything is timed.
- Buffers: *reused* means the result goes into memory that was written to before (voxline: \`compute({ into })\`; ITK: the filter's own output of the run before).
  *Fresh* means memory straight from the system, allocation included.
- memcpy is one copy by the C library that reads and writes as many bytes together as source and sink have, into reused or fresh memory as the row says.
`

function chosen(names: readonly string[]): readonly Question[] {
  const known = questions.map(({ name }) => name)
  const wrong = names.find((name) => !known.includes(name))
  if (wrong !== undefined) throw new Error(`unknown question '${wrong}': expected ${known.join(', ')}`)
  return names.length === 0 ? questions : questions.filter(({ name }) => names.includes(name))
}

async function answer(question: Question, options: Options): Promise<string> {
  console.error(`${question.title}`)
  const before = loadText()
  const text = sectionText(await question.ask(options))
  const versions = versionsText(
    simd(),
    installedPeers().map(({ name }) => name),
  )
  const command = `npm run bench -- ${question.name} --size ${options.size} --threads ${options.threads.join(',')}${options.isQuick ? ' --quick' : ''}`
  const where = `\`${command}\`, ${new Date().toISOString().slice(0, 16)}Z. ${machineText()}. ${versions}. Beforehand: ${before}.`
  return `## ${question.title}\n\n${text}\n\n${where}\n`
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

async function main(): Promise<void> {
  const args = process.argv.slice(2)
  if (args.includes('--help')) return console.log(usage)
  const options = readOptions(args)
  const sections = earlierSections()
  for (const question of chosen(options.names)) {
    const text = await answer(question, options)
    console.log(text)
    sections.set(question.title, text)
    if (options.write) writeResults(sections)
  }
}

try {
  await main()
} catch (error) {
  console.error(error)
  process.exitCode = 1
}
