import { type AnyStep, gradientMagnitude, median as medianFilter } from '../ts/index.ts'
import type { Options } from './options.ts'
import type { Question } from './question.ts'
import { edgeSteps, medianEdgeSteps } from './support/chains.ts'
import { ourSide } from './support/our-side.ts'
import { percent, type Section, short, times } from './support/report.ts'
import { testVolume } from './support/test-volume.ts'
import { median, takeTurns } from './support/timing.ts'

const works: readonly { readonly title: string; readonly steps: readonly AnyStep[] }[] = [
  { title: 'median r=1, int16', steps: [medianFilter({ radius: 1 })] },
  { title: 'median r=2, int16', steps: [medianFilter({ radius: 2 })] },
  { title: 'gradientMagnitude, int16', steps: [gradientMagnitude()] },
  { title: 'gradientMagnitude → threshold → rescale', steps: edgeSteps() },
  { title: 'median r=1 → gradientMagnitude → threshold → rescale', steps: medianEdgeSteps() },
]

async function timesOf(steps: readonly AnyStep[], counts: readonly number[], { size, budget }: Options) {
  const sides = await Promise.all(counts.map((threads) => ourSide(testVolume(size), steps, { threads })))
  const taken = await takeTurns(
    sides.map((side) => () => side.run('reused')),
    { budget: budget / 2 },
  )
  for (const side of sides) side.close()
  return taken.map(median)
}

async function ask(options: Options): Promise<Section> {
  const counts = [...new Set([1, ...options.threads])]
  const rows: string[][] = []
  for (const { title, steps } of works) {
    const [one, ...more] = (await timesOf(steps, counts, options)) as [number, ...number[]]
    const scaling = more.flatMap((ms, k) => [
      short(ms),
      times(one / ms),
      percent(one / ms / (counts[k + 1] as number)),
    ])
    rows.push([title, short(one), ...scaling])
  }
  const columns = counts.slice(1).flatMap((count) => [`${count} threads ms`, 'speed-up', 'efficiency'])
  return {
    paragraphs: ['The same run on more threads, buffers reused, counts taking turns.'],
    tables: [{ rows: [['work', '1 thread ms', ...columns], ...rows] }],
  }
}

export const threads: Question = { name: 'threads', title: 'Scaling over threads', ask }
