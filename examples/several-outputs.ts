// Writes a smoothed volume, its edges and a mask of it in one run: the median that all three need is computed once.
//   npx tsx examples/several-outputs.ts IN FOLDER
// Without them a phantom is read, and the files go where it lies.
import { dirname, join } from 'node:path'
import {
  gradientMagnitude,
  median,
  minimumMaximum,
  otsu,
  pipe,
  statistics,
  together,
  Volume,
} from '../ts/index.ts'
import { phantomFile } from './phantom.ts'

const [input = await phantomFile(), folder = dirname(input)] = process.argv.slice(2)

const smooth = pipe(input, median({ radius: 2 }))
const outputs = together({ smooth, edges: pipe(smooth, gradientMagnitude()), mask: pipe(smooth, otsu()) })

const paths = {
  smooth: join(folder, 'smooth.nii.gz'),
  edges: join(folder, 'edges.nii.gz'),
  mask: join(folder, 'mask.nii.gz'),
}
await outputs.write(paths, { memory: '64MiB', overwrite: true })
for (const [name, path] of Object.entries(paths)) {
  using result = await Volume.read(path)
  console.log(`${name}: ${result.shape.join(' × ')} ${result.dtype}`)
}

// Or as volumes in memory.
const made = await outputs.compute()
const { max } = await pipe(made.edges, minimumMaximum()).compute()
const { sum } = await pipe(made.mask, statistics()).compute()
console.log(`the strongest edge is ${Number(max).toFixed(1)}`)
console.log(`${sum} voxels are in the mask`)
for (const volume of Object.values(made)) volume.dispose()
