import type { Explanation, PassFacts } from './explain.ts'
import type { ExplainedNode } from './explain-graph.ts'
import { passTitle } from './explain-text.ts'
import { showBytes } from './limits.ts'

const [boxWidth, gapX, gapY, margin, lineHeight] = [250, 60, 24, 20, 16]
const fills: Readonly<Record<ExplainedNode['kind'], string>> = {
  source: '#e3f0e3',
  fused: '#e4ecf7',
  regional: '#f7ecdd',
}

interface Box {
  readonly node: ExplainedNode
  readonly lines: readonly string[]
  readonly x: number
  readonly y: number
  readonly height: number
}

/** An explanation as a picture: the graph from sources to the result, what every pass needs of each step, and the passes. */
export function explanationPicture(facts: Pick<Explanation, 'nodes' | 'passes' | 'peak' | 'budget'>): string {
  const boxes = placed(facts.nodes, facts.passes)
  const right = Math.max(...boxes.map(({ x }) => x + boxWidth))
  const bottom = Math.max(...boxes.map(({ y, height }) => y + height))
  const notes = [
    ...facts.passes.map(passTitle),
    `peak ${showBytes(facts.peak)} of ${showBytes(facts.budget)}`,
  ]
  const width = Math.max(right, margin + Math.max(...notes.map((text) => text.length)) * 7.3) + margin
  const height = bottom + margin + notes.length * lineHeight + margin
  const arrows = boxes.flatMap((to) => to.node.inputs.map((from) => arrow(boxes[from] as Box, to)))
  const legend = notes.map((text, k) => line(text, margin, bottom + margin + (k + 1) * lineHeight))
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="monospace" font-size="12">`,
    '<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto"><path d="M0 0L8 4L0 8z"/></marker></defs>',
    `<rect width="${width}" height="${height}" fill="white"/>`,
    ...arrows,
    ...boxes.map(boxShape),
    ...legend,
    '</svg>\n',
  ].join('\n')
}

// A column for each distance from the sources.
function placed(nodes: readonly ExplainedNode[], passes: readonly PassFacts[]): readonly Box[] {
  const columns: number[] = []
  for (const { inputs } of nodes)
    columns.push(inputs.reduce((most, k) => Math.max(most, (columns[k] as number) + 1), 0))
  const filled: number[] = []
  return nodes.map((node, k) => {
    const column = columns[k] as number
    const lines = linesOf(node, passes)
    const [y, height] = [filled[column] ?? margin, (lines.length + 0.7) * lineHeight]
    filled[column] = y + height + gapY
    return { node, lines, x: margin + column * (boxWidth + gapX), y, height }
  })
}

function linesOf(node: ExplainedNode, passes: readonly PassFacts[]): readonly string[] {
  const { step, shape, dtype, kind, readsBefore, held } = node
  return [
    step,
    `${shape.join(' × ')} ${dtype}`,
    ...(kind === 'regional' ? ['makes regions by itself'] : []),
    ...(readsBefore ? ['reads its inputs once before'] : []),
    ...(held > 0 ? [`holds ${showBytes(held)}`] : []),
    ...passes.flatMap(({ needed }, k) => {
      const regions = needed.find((one) => one.step === step)?.regions ?? []
      const [first] = regions
      if (first === undefined) return []
      const more = regions.length > 1 ? ` … ${regions.length}` : ''
      return [`pass ${k + 1}: (${first.start})+(${first.shape})${more}`]
    }),
  ]
}

function boxShape({ node, lines, x, y, height }: Box): string {
  const frame = `<rect x="${x}" y="${y}" width="${boxWidth}" height="${height}" rx="4" fill="${fills[node.kind]}" stroke="#555"/>`
  const texts = lines.map((text, k) =>
    line(shortened(text), x + 8, y + (k + 1) * lineHeight, k === 0 ? ' font-weight="bold"' : ''),
  )
  return [frame, ...texts].join('\n')
}

function shortened(text: string): string {
  const most = Math.floor((boxWidth - 16) / 7.3)
  return text.length <= most ? text : `…${text.slice(text.length - most + 1)}`
}

function arrow(from: Box, to: Box): string {
  const [x1, y1] = [from.x + boxWidth, from.y + from.height / 2]
  const [x2, y2] = [to.x, to.y + to.height / 2]
  const middle = (x1 + x2) / 2
  return `<path d="M${x1} ${y1}C${middle} ${y1} ${middle} ${y2} ${x2} ${y2}" fill="none" stroke="black" marker-end="url(#tip)"/>`
}

function line(text: string, x: number, y: number, more = ''): string {
  return `<text x="${x}" y="${y}"${more}>${escaped(text)}</text>`
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' }

// What XML cannot hold at all is left out.
function escaped(text: string): string {
  return text.replace(/[\p{Cc}\p{Cs}]/gu, '').replace(/[&<>]/g, (sign) => entities[sign] as string)
}
