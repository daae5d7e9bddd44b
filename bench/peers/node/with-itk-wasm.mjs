import { rmSync } from 'node:fs'
import { downsampleBinShrinkNode } from '@itk-wasm/downsample'
import { readImageNode, writeImageNode } from '@itk-wasm/image-io'
import { Image, ImageType } from 'itk-wasm'

export const name = 'itk-wasm'

async function read(path) {
  return (await readImageNode(path)).data
}

function imageOf(a, { shape }) {
  const image = new Image(new ImageType(3, 'int16', 'Scalar', 1))
  image.size = shape
  image.data = a
  return image
}

const written = (ending, options) => {
  const path = `written-${process.pid}.${ending}`
  process.on('exit', () => rmSync(path, { force: true }))
  return async (a, args) => {
    await writeImageNode(imageOf(a, args), path, options)
    return a
  }
}

export const operations = {
  binShrink: async (a, args) => (await downsampleBinShrinkNode(imageOf(a, args), { shrinkFactors: [2, 2, 2] })).downsampled.data,
  readNii: read,
  readNiiGz: read,
  writeNii: written('nii', {}),
  writeNiiGz: written('nii.gz', { useCompression: true }),
}
