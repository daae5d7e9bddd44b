// Answers the operations of a golden manifest, one JSON line for each JSON line of standard input, until it ends:
//   in   {"id", "op", "input", "parameters", "out"}     out: the file that voxels are written to, little-endian, first axis fastest
//   out  {"id", "skip"} or {"id", "error"} or {"id", "shape", "dtype", "affine", "spacing", "axcodes", "voxels", "numbers"}
import { writeFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { register } from 'tsx/esm/api'
import { answerTo } from './golden-answers.mjs'

register()
const voxline = await import('../ts/index.ts')

async function reply({ id, out, ...entry }) {
  try {
    const { voxels, ...answer } = await answerTo(voxline, entry)
    if (voxels === undefined) return { id, ...answer }
    await writeFile(out, new Uint8Array(voxels.buffer, voxels.byteOffset, voxels.byteLength))
    return { id, ...answer, voxels: out }
  } catch (error) {
    return { id, error: `${error?.code ?? error?.name}: ${error?.message}` }
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  if (line.trim() !== '') console.log(JSON.stringify(await reply(JSON.parse(line))))
}
