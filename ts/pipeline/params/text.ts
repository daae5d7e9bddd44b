/** A number as people write it, or the text itself. */
export function parseNumber(text: string): unknown {
  const word = text.trim().toLowerCase()
  if (word === 'inf' || word === 'infinity') return Number.POSITIVE_INFINITY
  if (word === '-inf' || word === '-infinity') return Number.NEGATIVE_INFINITY
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/.test(word)) return text
  return Number(word)
}

/** A number, a bigint where a number cannot hold it, or the text itself. */
export function parseValue(text: string): unknown {
  const number = parseNumber(text)
  if (typeof number !== 'number' || !/^[+-]?\d+$/.test(text.trim()) || Number.isSafeInteger(number))
    return number
  return BigInt(text.trim().replace('+', ''))
}

/** Numbers with an x between them, or the text itself. */
export function parseList(text: string): unknown {
  const parts = text.split(/[x×]/).map(parseNumber)
  return parts.every((part) => typeof part === 'number') ? parts : text
}
