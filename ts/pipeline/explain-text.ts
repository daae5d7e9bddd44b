import type { Explanation, PassFacts, StageFacts } from './explain.ts'
import type { ExplainedNode } from './explain-graph.ts'
import { showBytes } from './limits.ts'

/** An explanation as the command line prints it. */
export function explanationText(facts: Omit<Explanation, 'toString' | 'toSVG'>): string {
  const { nodes, passes, shape, dtype, peak, process, least, budget, bytesRead, bytesWritten, drops } = facts
  const result = shape.length === 0 ? 'a plain object' : `${shape.join(' × ')} ${dtype}`
  return [
    `${result} in ${count(passes.length, 'pass', 'passes')}`,
    ...nodes.flatMap(regionalLine),
    ...passes.flatMap(passLines),
    `memory: peak ${showBytes(peak)} (${showBytes(process)} of the process), least ${showBytes(least)}, budget ${showBytes(budget)}`,
    `reads ${showBytes(bytesRead)}, writes ${showBytes(bytesWritten)}`,
    ...drops.map(({ step, field }) => `drops ${field} (${step})`),
  ].join('\n')
}

// Steps whose passes are planned while the run goes on.
function regionalLine({ step, kind, readsBefore, held }: ExplainedNode): string[] {
  if (kind !== 'regional') return []
  const before = readsBefore ? ', after reading its inputs once' : ''
  return [`${step}: makes regions by itself${before}${held > 0 ? `, holds ${showBytes(held)}` : ''}`]
}

function passLines(pass: PassFacts, index: number): string[] {
  const { stages, notes } = pass
  return [passTitle(pass, index), ...stages.map(stageLine), ...notes.map((note) => `  note: ${note}`)]
}

/** What a pass does, in a line. */
export function passTitle(
  { divisions, tile, tiles, threads, end, keeps, peak }: PassFacts,
  index: number,
): string {
  const after = end === 'volume' ? '' : keeps ? ', then numbers; its voxels are kept' : ', then numbers'
  const parts = count(divisions.length, 'division', 'divisions')
  const work = `${count(tiles, 'tile', 'tiles')} of at most ${tile.join(' × ')} on ${count(threads, 'thread', 'threads')}`
  return `pass ${index + 1}: ${parts}, ${work}, peak ${showBytes(peak)}${after}`
}

function stageLine({ step, kind, kernel, in: from, out, axis, low, high }: StageFacts): string {
  const what = kind === 'source' ? 'read' : kind === 'script' ? 'TypeScript' : (kernel as string)
  const along = axis === undefined ? '' : ` along axis ${axis}`
  const types = from === out ? out : `${from} → ${out}`
  const isWider = [...low, ...high].some((reach) => reach > 0)
  const reach = isWider
    ? `, ${low.map((l, k) => (l === high[k] ? l : `${l}/${high[k]}`)).join(' × ')} voxels around`
    : ''
  return `  ${step}: ${what}${along}, ${types}${reach}`
}

function count(n: number, one: string, many: string): string {
  return `${n} ${n === 1 ? one : many}`
}
