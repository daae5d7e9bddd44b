// budget-run.ts INPUT OUTPUT MEMORY: streams a chain from file to file; prints the bytes the process had before and at most.
import { readFileSync } from 'node:fs'
import { gradientMagnitude, median, pipe, rescaleIntensity, Volume } from '../../../ts/index.ts'

const [input, output, memory] = process.argv.slice(2) as [string, string, string]
const steps = () =>
  [median({ radius: 1 }), gradientMagnitude(), rescaleIntensity({ dtype: 'uint8' })] as const

function bytes(field: string): number {
  const found = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(readFileSync('/proc/self/status', 'utf8'))
  return Number(found?.[1]) * 1024
}

// The addon and what a run touches are loaded before anything is measured.
const small = Volume.create({ shape: [16, 16, 16], dtype: 'int16' })
const warm = await pipe(small, ...steps()).compute()
small.dispose()
warm.dispose()
const idle = bytes('VmHWM')
const begun = performance.now()
await pipe(input, ...steps()).write(output, { memory, overwrite: true })
console.log(JSON.stringify({ idle, peak: bytes('VmHWM'), milliseconds: performance.now() - begun }))
