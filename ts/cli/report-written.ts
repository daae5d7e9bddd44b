import { statSync } from 'node:fs'
import { pipe } from '../index.ts'
import type { Io } from './command.ts'
import { showBytes, showJson, showShape, showTime } from './show.ts'

/** Says what was written, in words or as JSON. */
export async function reportWritten(
  path: string,
  given: {
    readonly flags: { readonly quiet?: true | undefined; readonly json?: true | undefined }
    readonly io: Io
    readonly milliseconds: number
  },
): Promise<void> {
  const { flags, io, milliseconds } = given
  if (flags.quiet && !flags.json) return
  const { shape, dtype, components } = await pipe(path).info()
  const bytes = statSync(path).size
  if (flags.json)
    return io.write(
      showJson({ path, shape, dtype, components, bytes, milliseconds: Math.round(milliseconds) }),
    )
  const kind = components === 1 ? dtype : `${components} × ${dtype}`
  io.write(`wrote ${path}: ${showShape(shape)} ${kind}, ${showBytes(bytes)}, ${showTime(milliseconds)}\n`)
}
