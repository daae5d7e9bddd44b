/** Numbers as people read them: at most six significant digits, no exponent for the usual sizes. */
export function showNumber(value: number | bigint): string {
  if (typeof value === 'bigint' || Number.isInteger(value)) return String(value)
  return String(Number(value.toPrecision(6)))
}

export function showShape(shape: readonly number[]): string {
  return shape.join(' × ')
}

export function showBytes(bytes: number): string {
  const steps = ['B', 'KiB', 'MiB', 'GiB', 'TiB']
  const step = Math.min(steps.length - 1, bytes < 1 ? 0 : Math.floor(Math.log2(bytes) / 10))
  const value = bytes / 1024 ** step
  return `${step === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${steps[step]}`
}

export function showTime(milliseconds: number): string {
  return milliseconds < 1000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(1)} s`
}

/** Text from a file, safe to print: control characters are written as escapes. */
export function showText(text: string): string {
  return text.replace(
    /\p{Cc}/gu,
    (letter) => `\\x${(letter.codePointAt(0) as number).toString(16).padStart(2, '0')}`,
  )
}

/** Rows of cells with the columns under each other, two spaces between. */
export function showTable(rows: readonly (readonly string[])[], indent = ''): string {
  const widths: number[] = []
  for (const row of rows)
    row.forEach((cell, k) => {
      widths[k] = Math.max(widths[k] ?? 0, cell.length)
    })
  const line = (row: readonly string[]) =>
    row
      .map((cell, k) => cell.padEnd(widths[k] as number))
      .join('  ')
      .trimEnd()
  return rows.map((row) => `${indent}${line(row)}\n`).join('')
}

/** Rows of numbers, aligned at the right. */
export function showMatrix(rows: readonly (readonly number[])[]): readonly string[] {
  const cells = rows.map((row) =>
    row.map((value) => showNumber(Math.abs(value) < 1e-12 ? 0 : Number(value.toFixed(4)))),
  )
  const width = Math.max(...cells.flat().map((cell) => cell.length))
  return cells.map((row) => row.map((cell) => cell.padStart(width)).join('  '))
}

/** JSON with the values it has no words for: bigints as digits, NaN and infinities as text. */
export function showJson(value: unknown): string {
  const written = (_: string, item: unknown): unknown => {
    if (typeof item === 'bigint') return Number.isSafeInteger(Number(item)) ? Number(item) : String(item)
    if (typeof item === 'number' && !Number.isFinite(item)) return String(item)
    if (item instanceof Uint8Array) return { bytes: item.length }
    return item
  }
  return `${JSON.stringify(value, written, 2)}\n`
}
