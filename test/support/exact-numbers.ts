// Elementary functions in whole numbers: values are x · 2^-bits, and results are right to about 2^-240.
const bits = 256n
const one = 1n << bits

/** A positive number, mantissa · 2^(exponent - 256) with a mantissa near 2^256. */
export interface Exact {
  readonly mantissa: bigint
  readonly exponent: number
}

/** mantissa · 2^exponent is the number. */
export function partsOfFloat(x: number): { readonly mantissa: bigint; readonly exponent: number } {
  const word = new BigInt64Array(Float64Array.of(x).buffer)[0] as bigint
  const stored = Number((word >> 52n) & 0x7ffn)
  const fraction = word & 0xfffffffffffffn
  const magnitude = stored === 0 ? fraction : fraction | 0x10000000000000n
  return { mantissa: word < 0n ? -magnitude : magnitude, exponent: Math.max(stored, 1) - 1075 }
}

const shifted = (value: bigint, by: number) => (by >= 0 ? value << BigInt(by) : value >> BigInt(-by))

/** A float64 as x · 2^-256; what lies below is cut off. */
export function fixed(x: number): bigint {
  const { mantissa, exponent } = partsOfFloat(x)
  return shifted(mantissa, exponent + Number(bits))
}

export const product = (a: bigint, b: bigint): bigint => (a * b) >> bits
export const quotient = (a: bigint, b: bigint): bigint => (a << bits) / b

// 2 atanh(s) = log((1 + s) / (1 - s))
function twiceAtanh(s: bigint): bigint {
  const square = product(s, s)
  let [sum, power] = [0n, s]
  for (let k = 1n; power !== 0n && power !== -1n; k += 2n) {
    sum += power / k
    power = product(power, square)
  }
  return 2n * sum
}

const ln2 = twiceAtanh(one / 3n)

/** The natural logarithm of a positive float64. */
export function exactLog(x: number): bigint {
  const { mantissa, exponent } = partsOfFloat(x)
  const length = mantissa.toString(2).length
  const m = shifted(mantissa, Number(bits) - length + 1)
  return BigInt(exponent + length - 1) * ln2 + twiceAtanh(quotient(m - one, m + one))
}

/** e to a power. */
export function exactExp(x: bigint): Exact {
  const exponent = Number((x + (x < 0n ? -ln2 : ln2) / 2n) / ln2)
  const r = x - BigInt(exponent) * ln2
  let [sum, term] = [0n, one]
  for (let k = 1n; term !== 0n && term !== -1n; k++) {
    sum += term
    term = product(term, r) / k
  }
  return { mantissa: sum, exponent }
}

/** A product of numbers of 256 bits behind the point, where one of them may be large. */
export function exactFixed(mantissa: bigint): Exact {
  const exponent = mantissa.toString(2).length - 1 - Number(bits)
  return { mantissa: shifted(mantissa, -exponent), exponent }
}

/** How far a computed value is from the exact one, in units of the last place of the latter's format. */
export function ulpsFrom(
  { mantissa, exponent }: Exact,
  computed: number,
  dtype: 'float32' | 'float64',
): number {
  const [digits, least] = dtype === 'float64' ? [52, -1074] : [23, -149]
  const length = mantissa.toString(2).length - 1 - Number(bits)
  const unit = Math.max(exponent + length - digits, least) - exponent + Number(bits)
  const parts = partsOfFloat(computed)
  const found = shifted(parts.mantissa, parts.exponent - exponent + Number(bits))
  const apart = found - mantissa
  return Number(((apart < 0n ? -apart : apart) << 20n) / shifted(1n, unit)) / 2 ** 20
}
