import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { rename, rm, writeFile } from 'node:fs/promises'
import { VoxlineError } from '../index.ts'
import { UsageError } from './usage-error.ts'

/** Refuses to replace a file unless that was asked for. */
export function checkNew(path: string, force: true | undefined): void {
  if (force || !existsSync(path)) return
  throw new VoxlineError('Io', `${path}: exists already; --force replaces it`, { path })
}

/** Writes bytes to a file that appears complete or not at all. */
export async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  const temporary = `${path}.${randomUUID()}.tmp`
  try {
    await writeFile(temporary, bytes)
    await rename(temporary, path)
  } catch (cause) {
    await rm(temporary, { force: true })
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new VoxlineError('Io', `${path}: cannot be written: ${why}`, { path }, { cause })
  }
}

/** Pictures are PNG files. */
export function checkPng(path: string): void {
  if (!path.toLowerCase().endsWith('.png'))
    throw new UsageError(`OUT must end in .png, received ${JSON.stringify(path)}`)
}
