// Whether two files hold the same bytes, read in parts.
import { open } from 'node:fs/promises'

/** Whether two files hold the same bytes. */
export async function sameFiles(one: string, other: string): Promise<boolean> {
  await using a = await open(one)
  await using b = await open(other)
  if ((await a.stat()).size !== (await b.stat()).size) return false
  const [left, right] = [Buffer.alloc(2 ** 20), Buffer.alloc(2 ** 20)]
  for (let at = 0; ; ) {
    const { bytesRead } = await a.read(left, 0, left.length, at)
    await b.read(right, 0, right.length, at)
    if (!left.subarray(0, bytesRead).equals(right.subarray(0, bytesRead))) return false
    if (bytesRead === 0) return true
    at += bytesRead
  }
}
