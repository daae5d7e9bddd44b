// Seven filters, most of which need the whole volume, streamed from file to file within a budget, and once more in memory: the same bytes.
// npx tsx examples/larger-than-memory.ts --size 1024x1024x1000 --memory 512MiB --folder /data
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import {
  binaryThreshold,
  connectedComponents,
  distanceMap,
  gradientAnisotropicDiffusion,
  keepLargest,
  median,
  type Pipeline,
  pipe,
  type RunEvent,
  recursiveGaussian,
  statistics,
} from '../ts/index.ts'
import { angiogram } from './angiogram.ts'
import { sameFiles } from './same-files.ts'

const { values } = parseArgs({
  options: {
    size: { type: 'string', default: '96x80x64' },
    memory: { type: 'string', default: '16MiB' },
    folder: { type: 'string', default: tmpdir() },
  },
})
const { size, memory } = values
const folder = mkdtempSync(join(values.folder, 'voxline-example-'))
process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
const file = (name: string) => join(folder, `${name}.nii`)
const [original, streamed, whole] = [file('original'), file('streamed'), file('whole')]
const mebibytes = (bytes: number) => `${Math.round(bytes / 2 ** 20)} MiB`
const seconds = (milliseconds: number) => `${(milliseconds / 1000).toFixed(1)} s`.padStart(9)

/** How far the background is from every voxel of the largest object. */
function depths(): Pipeline {
  return pipe(
    original,
    recursiveGaussian({ sigma: 1 }),
    median({ radius: 2 }),
    gradientAnisotropicDiffusion({ iterations: 10 }),
    binaryThreshold({ lower: 350 }),
    connectedComponents(),
    keepLargest(),
    distanceMap({ to: 'background' }),
  )
}

/** Tells how long a run and each of its passes took, and how much memory the process had at most meanwhile. */
async function measured(
  what: string,
  run: (onEvent: (event: RunEvent) => void) => Promise<void>,
): Promise<void> {
  const passes: { readonly stage: string; readonly divisions: number; readonly begun: number }[] = []
  const [begun, idle] = [performance.now(), process.memoryUsage.rss()]
  let most = idle
  const watch = setInterval(() => {
    most = Math.max(most, process.memoryUsage.rss())
  }, 10)
  await run((event) => {
    if (event.type === 'pass') passes.push({ ...event, begun: performance.now() })
  })
  clearInterval(watch)
  const ended = performance.now()
  console.log(
    `${what}: ${seconds(ended - begun).trim()}, at most ${mebibytes(most)} (${mebibytes(idle)} before)`,
  )
  for (const [k, { stage, divisions, begun: start }] of passes.entries())
    console.log(`  ${seconds((passes[k + 1]?.begun ?? ended) - start)}  ${stage}, ${divisions} divisions`)
}

const made = pipe(angiogram(size.split('x').map(Number)))
await measured('making a volume', (onEvent) => made.write(original, { memory: '64MiB', onEvent }))
console.log(`${size} int16, ${mebibytes(statSync(original).size)}`)
console.log(String(await depths().explain({ memory, to: streamed })))
await measured(`within ${memory}`, (onEvent) => depths().write(streamed, { memory, onEvent }))
await measured('in memory', (onEvent) => depths().write(whole, { divisions: 1, onEvent }))
const { max } = await pipe(streamed, statistics()).compute({ memory })
console.log(`the largest object is ${Number(max).toFixed(1)} mm deep`)
const isSame = await sameFiles(streamed, whole)
console.log(isSame ? 'the same bytes' : 'DIFFERENT BYTES')
process.exitCode = isSame ? 0 : 1
