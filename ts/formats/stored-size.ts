import { bytesOf, type DType } from '../core/dtype.ts'
import { formatError } from '../core/errors.ts'
import type { FileHead } from '../volume/format.ts'

/** Deflate makes at most this many bytes of one. */
const deflateRatio = 1032

/** The most bytes that a deflate stream of `bytes` bytes can become. */
export function mostInflated(bytes: number): number {
  return deflateRatio * (Math.max(bytes, 0) + 1)
}

/** What a header claims about the size of its voxels. */
export interface Claim {
  /** The header's file, for messages. */
  readonly path: string
  /** The header's field that states the shape. */
  readonly field: string
  readonly fieldOffset?: number
  readonly shape: readonly number[]
  readonly dtype: DType
  readonly components: number
}

/** Bytes of the voxels claimed. Throws `Format` where they are beyond 2^53. */
export function claimedBytes({ path, field, fieldOffset, shape, dtype, components }: Claim): number {
  let bytes = bytesOf(dtype)
  for (const length of [components, ...shape]) {
    bytes *= length
    if (!Number.isSafeInteger(bytes)) {
      throw formatError(
        path,
        field,
        `${shape.join(' × ')} voxels of ${dtype} are too large: beyond 2^53 bytes`,
        fieldOffset,
      )
    }
  }
  return bytes
}

/** Throws `Format` unless the file can hold the voxels claimed from byte `offset` of `most` on; before anything is allocated. */
export function checkHeld(claim: Claim, offset: number, file: FileHead, most = file.mostBytes): void {
  const bytes = claimedBytes(claim)
  if (offset + bytes <= most) return
  const held = Math.max(most - offset, 0)
  const where = file.path === claim.path ? '' : ` in ${file.path}`
  const reason = `${claim.shape.join(' × ')} voxels of ${claim.dtype} take ${bytes} bytes, but at most ${held} can follow byte ${offset}${where}`
  throw formatError(claim.path, claim.field, `truncated, or size too large: ${reason}`, claim.fieldOffset)
}
