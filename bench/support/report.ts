/** A table of a report; the first row names the columns. */
export type Table = readonly (readonly string[])[]

/** How one operation compares with the peer its goal is about. */
export interface Rating {
  readonly title: string
  /** The peer's time over ours, on one thread with reused buffers. */
  readonly ratio: number
  readonly peer: string
  readonly goal?: number
}

/** One question's answer. */
export interface Section {
  readonly paragraphs: readonly string[]
  readonly tables: readonly { readonly title?: string; readonly rows: Table }[]
  readonly ratings?: readonly Rating[]
}

/** Milliseconds, or any positive number, in three digits. */
export function short(value: number): string {
  if (value >= 100) return String(Math.round(value))
  return value >= 10 ? value.toFixed(1) : value.toPrecision(3)
}

/** A ratio: `3.1×`. */
export function times(ratio: number): string {
  return `${short(ratio)}×`
}

/** A share in per cent. */
export function percent(share: number): string {
  return `${short(share * 100)} %`
}

/** Bytes in MiB. */
export function mebibytes(bytes: number): string {
  return `${short(bytes / 2 ** 20)} MiB`
}

/** A bar and whether it was reached. */
export function verdict(bar: string, isReached: boolean): string {
  return `${bar}: ${isReached ? 'reached' : '**missed**'}`
}

function tableText(rows: Table): string {
  const [head, ...body] = rows as [readonly string[], ...(readonly string[])[]]
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  const alignment = line(head.map((_, column) => (column === 0 ? '---' : '---:')))
  return [line(head), alignment, ...body.map(line)].join('\n')
}

/** A section as Markdown, without its heading. */
export function sectionText({ paragraphs, tables }: Section): string {
  const parts = tables.flatMap(({ title, rows }) => [...(title ? [`**${title}**`] : []), tableText(rows)])
  return [...paragraphs, ...parts].join('\n\n')
}
