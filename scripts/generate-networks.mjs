// Writes native/kernels/median_networks.h: straight-line networks of minima and maxima for medians of boxes.
//
//   node scripts/generate-networks.mjs           writes the file
//   node scripts/generate-networks.mjs --check   exits 1 when the file differs from what would be written
//
// Each network is proven before it is printed. By the 0-1 principle it is right when it is right for inputs of
// zeros and ones, and a sorted list of n such inputs has only n + 1 states. Every wire carries its truth table over
// all of them: minimum is AND, maximum is OR, wires with equal tables are one, and the outputs must equal "at least
// total - rank + 1 ones".

import { readFileSync, writeFileSync } from 'node:fs'

const target = new URL('../native/kernels/median_networks.h', import.meta.url)

class Network {
  constructor(lengths) {
    this.lengths = lengths
    this.states = lengths.reduce((product, length) => product * (length + 1), 1)
    this.wires = []
    this.byTable = new Map()
    this.lists = lengths.map((length, list) => Array.from({ length }, (_, rank) => this.#input(list, rank)))
  }

  /** Ones in each list in state `state`: the first list is the fastest digit. */
  ones(state) {
    return this.lengths.map((length) => {
      const digit = state % (length + 1)
      state = Math.floor(state / (length + 1))
      return digit
    })
  }

  /** The table of a property of states. */
  tableOf(holds) {
    let digits = ''
    for (let state = this.states - 1; state >= 0; --state) digits += holds(this.ones(state)) ? '1' : '0'
    return BigInt(`0b${digits}`)
  }

  #input(list, rank) {
    const table = this.tableOf((ones) => ones[list] >= this.lengths[list] - rank)
    return this.#wire({ list, rank, table })
  }

  #wire(wire) {
    const known = this.byTable.get(wire.table)
    if (known !== undefined) return known
    this.wires.push(wire)
    this.byTable.set(wire.table, this.wires.length - 1)
    return this.wires.length - 1
  }

  #join(operation, a, b) {
    const [p, q] = [this.wires[a].table, this.wires[b].table]
    return this.#wire({ operation, a, b, table: operation === 'minimum' ? p & q : p | q })
  }

  minimum(a, b) {
    return this.#join('minimum', a, b)
  }

  maximum(a, b) {
    return this.#join('maximum', a, b)
  }

  /** Batcher's odd-even merge of two sorted lists of any lengths. */
  merge(a, b) {
    if (a.length === 0 || b.length === 0) return [...a, ...b]
    if (a.length === 1 && b.length === 1) return [this.minimum(a[0], b[0]), this.maximum(a[0], b[0])]
    const half = (list, parity) => list.filter((_, i) => i % 2 === parity)
    const even = this.merge(half(a, 0), half(b, 0))
    const odd = this.merge(half(a, 1), half(b, 1))
    const merged = [even[0]]
    const pairs = Math.min(odd.length, even.length - 1)
    for (let i = 0; i < pairs; ++i)
      merged.push(this.minimum(odd[i], even[i + 1]), this.maximum(odd[i], even[i + 1]))
    return [...merged, ...odd.slice(pairs), ...even.slice(pairs + 1)]
  }

  /** Sorts single wires, always merging the two shortest lists. */
  sort(wires) {
    const lists = wires.map((wire) => [wire])
    while (lists.length > 1) {
      lists.sort((a, b) => a.length - b.length)
      lists.push(this.merge(lists.shift(), lists.shift()))
    }
    return lists[0]
  }

  /** The rank-th smallest of two sorted lists: least over i of max(a[i], b[rank - i]), from 1. `a` begins at rank `first`. */
  select(a, first, b, rank) {
    const terms = []
    for (let i = 0; i <= rank; ++i) {
      const j = rank - i
      const inA = i >= first && i < first + a.length
      if (j > b.length || (i > 0 && !inA)) continue
      if (i === 0) terms.push(b[j - 1])
      else terms.push(j === 0 ? a[i - first] : this.maximum(a[i - first], b[j - 1]))
    }
    return terms.reduce((least, term) => this.minimum(least, term))
  }

  prove(outputs, ranks, total) {
    outputs.forEach((wire, i) => {
      const wanted = this.tableOf((ones) => ones.reduce((sum, n) => sum + n, 0) >= total - ranks[i] + 1)
      if (wanted !== this.wires[wire].table) throw new Error(`rank ${ranks[i]} of ${this.lengths} is wrong`)
    })
  }
}

/** The wires the outputs need, each just after what it needs: values die soon and stay in registers. */
function inOrder(network, outputs) {
  const order = []
  const seen = new Set()
  const visit = (id) => {
    if (seen.has(id)) return
    seen.add(id)
    const wire = network.wires[id]
    if (wire.operation) {
      visit(wire.a)
      visit(wire.b)
    }
    order.push(id)
  }
  for (const output of outputs) visit(output)
  return order
}

function print({ name, comment, network, outputs, first, single }) {
  const text = (id) => {
    const { list, rank } = network.wires[id]
    return list === undefined
      ? `t${id}`
      : single
        ? `a[${list}]`
        : `${'ab'[list]}[${rank - (list === 0 ? first - 1 : 0)}]`
  }
  const lines = []
  const order = inOrder(network, outputs)
  for (const id of order) {
    const { operation, a, b } = network.wires[id]
    if (operation) lines.push(`  const V t${id} = ${operation}(${text(a)}, ${text(b)});`)
    const output = outputs.indexOf(id)
    if (output >= 0) lines.push(`  out[${output}] = ${text(id)};`)
  }
  const operations = order.filter((id) => network.wires[id].operation).length
  const parameters = single ? ['const V* __restrict a'] : ['const V* __restrict a', 'const V* __restrict b']
  return [
    `// ${comment}: ${operations} operations.`,
    'template <class V>',
    ...signature(name, parameters),
    ...lines,
    '}',
    '',
  ]
}

/** Broken as clang-format breaks it. */
function signature(name, parameters) {
  const start = `inline __attribute__((always_inline)) void ${name}(`
  const whole = `${start}${[...parameters, 'V* __restrict out'].join(', ')}) {`
  if (whole.length <= 110) return [whole]
  return [`${start}${parameters.join(', ')},`, `${' '.repeat(start.length)}V* __restrict out) {`]
}

const range = (from, to) => Array.from({ length: to - from + 1 }, (_, i) => from + i)

function sorting(count) {
  const network = new Network(Array(count).fill(1))
  const outputs = network.sort(network.lists.map(([wire]) => wire))
  network.prove(outputs, range(1, count), count)
  return print({
    name: `sort${count}`,
    comment: `Sorts ${count} values`,
    network,
    outputs,
    first: 1,
    single: true,
  })
}

function merging(a, b, ranks = range(1, a + b)) {
  const network = new Network([a, b])
  const merged = network.merge(...network.lists)
  const outputs = ranks.map((rank) => merged[rank - 1])
  network.prove(outputs, ranks, a + b)
  const whole = ranks.length === a + b
  const which = whole ? '' : `, ranks ${ranks[0]} to ${ranks[ranks.length - 1]}`
  return print({
    name: whole ? `merge${a}And${b}` : `middleOf${a}And${b}`,
    comment: `Merges sorted lists of ${a} and ${b}${which}`,
    network,
    outputs,
    first: 1,
  })
}

/** `a` stands for a sorted list of `length` of which the ranks `ranks` are given. */
function selecting(length, ranks, b, rank) {
  const network = new Network([length, b])
  const given = ranks.map((r) => network.lists[0][r - 1])
  const outputs = [network.select(given, ranks[0], network.lists[1], rank)]
  network.prove(outputs, [rank], length + b)
  return print({
    name: `medianOf${length + b}`,
    comment: `Value ${rank} of ${length + b}: ranks ${ranks[0]} to ${ranks.at(-1)} of ${length} and a list of ${b}`,
    network,
    outputs,
    first: ranks[0],
  })
}

function generate() {
  const lines = [
    '// Written by scripts/generate-networks.mjs: do not edit. Included by kernel files, in the namespaces of',
    '// begin_kernel.h. Lists are ascending; `out` overlaps no input.',
    '#pragma once',
    '',
    ...sorting(3),
    ...sorting(5),
    ...merging(3, 3),
    ...merging(6, 3),
    ...merging(5, 5),
    ...merging(10, 10),
    ...merging(20, 5),
    ...merging(25, 25),
    ...merging(3, 3, range(2, 5)),
    ...selecting(6, range(2, 5), 3, 5),
    ...merging(10, 10, range(8, 13)),
    ...selecting(20, range(8, 13), 5, 13),
    ...merging(9, 9, range(5, 14)),
    ...selecting(18, range(5, 14), 9, 14),
    ...merging(50, 50, range(38, 63)),
    ...selecting(100, range(38, 63), 25, 63),
  ]
  return `${lines.join('\n').trimEnd()}\n`
}

const text = generate()
if (process.argv.includes('--check')) {
  let present = ''
  try {
    present = readFileSync(target, 'utf8')
  } catch (error) {
    if (error.code !== 'ENOENT') throw error
  }
  if (present !== text) {
    console.error('native/kernels/median_networks.h is not what scripts/generate-networks.mjs writes')
    process.exit(1)
  }
} else {
  writeFileSync(target, text)
}
