import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { availableParallelism, cpus, loadavg, release, totalmem } from 'node:os'
import { join } from 'node:path'
import { root } from './folder.ts'
import { mebibytes } from './report.ts'

function command(program: string, ...args: string[]): string {
  try {
    return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
  } catch {
    return ''
  }
}

function caches(): string {
  const lines = command('lscpu', '--caches=NAME,ONE-SIZE').split('\n').slice(1)
  return lines.map((line) => line.trim().split(/\s+/).join(' ')).join(', ')
}

/** What the figures were measured on. */
export function machineText(): string {
  const memory = mebibytes(totalmem())
  const system = /PRETTY_NAME="(.*)"/.exec(command('cat', '/etc/os-release'))?.[1] ?? process.platform
  return `${cpus()[0]?.model ?? process.arch}, ${availableParallelism()} processors, ${caches() || 'caches unknown'}, ${memory}; ${system}, kernel ${release()}`
}

/** What the figures were measured with. */
export function versionsText(level: string, peers: readonly string[]): string {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
  const compiler = command('g++', '--version').split('\n')[0] ?? ''
  return [`voxline ${version} (instruction set ${level})`, `Node ${process.version}`, ...peers, compiler]
    .filter(Boolean)
    .join(', ')
}

/** How busy the machine was: the load average of the last minute, and what that means for the figures. */
export function loadText(): string {
  const [load, processors] = [loadavg()[0] ?? 0, availableParallelism()]
  const text = `load average ${load.toFixed(1)} on ${processors} processors`
  return load > processors / 2
    ? `${text}: other work ran beside it, so times are too long and thread counts say little`
    : text
}
