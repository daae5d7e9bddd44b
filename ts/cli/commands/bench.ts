import { concurrency, simd, versions } from '../../index.ts'
import { benchmark, type Timing } from '../benchmark.ts'
import { defineCommand } from '../command.ts'
import { flag } from '../flags.ts'
import { jsonFlag } from '../run-flags.ts'
import { showJson, showTable } from '../show.ts'

export const bench = defineCommand({
  name: 'bench',
  summary: 'Time usual pipelines on this machine.',
  arguments: [],
  flags: {
    size: flag.whole('N', 'Edge of the cube of int16 voxels; 256 by default.', 8),
    threads: flag.whole('N', 'Use at most N workers.', 1),
    ...jsonFlag,
  },
  notes: [
    'Times are medians into memory that was written to before. The copy reads and writes every voxel once: what is as fast is bound by memory.',
  ],
  run: async ({ flags, io }) => {
    const { size = 256, threads, json } = flags
    const machine = { voxline: versions.voxline, node: versions.node, simd: simd(), size }
    const timings: Timing[] = []
    const workers = threads ?? concurrency()
    for await (const timing of benchmark(size, { threads: workers, signal: io.signal })) timings.push(timing)
    if (json) {
      io.write(showJson({ ...machine, threads: workers, timings }))
      return 0
    }
    io.write(
      `voxline ${machine.voxline}, Node.js ${machine.node}, ${machine.simd}, ${size}³ int16, ${workers} workers\n\n`,
    )
    io.write(
      showTable([['operation', 'ms', 'Mvoxel/s', 'of the copy’s speed'], ...timings.map(row(timings))]),
    )
    return 0
  },
})

function row([copy]: readonly Timing[]): (timing: Timing) => readonly string[] {
  const whole = copy?.milliseconds ?? Number.NaN
  return ({ operation, milliseconds, voxelsPerSecond }) => [
    operation,
    milliseconds.toPrecision(3),
    (voxelsPerSecond / 1e6).toPrecision(3),
    `${((100 * whole) / milliseconds).toPrecision(3)} %`,
  ]
}
