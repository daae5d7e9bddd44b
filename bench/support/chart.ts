import { type Rating, short } from './report.ts'

const [rowHeight, top, labelWidth, plotWidth, right] = [22, 44, 400, 420, 250]
const colours = { reached: '#2a7f62', missed: '#c0392b', free: '#5b6b7b', ink: '#222', faint: '#bbb' }

const heading = 'Times as fast as the peer named, one thread, buffers reused; the tick is the goal'

const escaped = (text: string) => text.replace(/&/g, '&amp;').replace(/</g, '&lt;')

/** The place of a ratio on a logarithmic scale that ends at `most`; from a quarter on. */
function placeOf(ratio: number, most: number): number {
  const share = Math.log(Math.max(ratio, 0.25) / 0.25) / Math.log(most / 0.25)
  return labelWidth + plotWidth * Math.min(Math.max(share, 0), 1)
}

function colourOf({ ratio, goal }: Rating): string {
  if (goal === undefined) return colours.free
  return ratio >= goal ? colours.reached : colours.missed
}

function bar(rating: Rating, row: number, most: number): string {
  const { title, ratio, goal, peer } = rating
  const y = top + row * rowHeight
  const [from, to] = [placeOf(1, most), placeOf(ratio, most)]
  const middle = y + rowHeight / 2
  const tick =
    goal === undefined
      ? ''
      : `<path d="M${placeOf(goal, most)} ${y + 2}V${y + rowHeight - 2}" stroke="${colours.ink}" stroke-width="2"/>`
  const wanted = goal === undefined ? '' : `, goal ${goal}×`
  return [
    `<text x="${labelWidth - 8}" y="${middle + 4}" text-anchor="end">${escaped(title)}</text>`,
    `<rect x="${Math.min(from, to)}" y="${y + 4}" width="${Math.abs(to - from)}" height="${rowHeight - 8}" fill="${colourOf(rating)}"/>`,
    tick,
    `<text x="${labelWidth + plotWidth + 8}" y="${middle + 4}">${short(ratio)}× ${escaped(peer)}${wanted}</text>`,
  ].join('')
}

function scale(most: number, bottom: number): string {
  const marks = [0.25, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000].filter((mark) => mark <= most)
  return marks
    .map((mark) => {
      const x = placeOf(mark, most)
      const line = `<path d="M${x} ${top - 6}V${bottom}" stroke="${mark === 1 ? colours.ink : colours.faint}"/>`
      return `${line}<text x="${x}" y="${top - 10}" text-anchor="middle">${mark}</text>`
    })
    .join('')
}

/** A bar chart of ratios on a logarithmic scale, each with a tick at its goal, as SVG. */
export function ratioChart(ratings: readonly Rating[]): string {
  const most = 1.2 * Math.max(10, ...ratings.flatMap(({ ratio, goal }) => [ratio, goal ?? 0]))
  const bottom = top + ratings.length * rowHeight
  const [width, height] = [labelWidth + plotWidth + right, bottom + 10]
  const parts = [scale(most, bottom), ...ratings.map((rating, row) => bar(rating, row, most))]
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12" fill="${colours.ink}">
<title>${heading}</title>
<rect width="${width}" height="${height}" fill="#fff"/>
<text x="${labelWidth}" y="16">${heading}</text>
${parts.join('\n')}
</svg>
`
}
