// Smooths a file and writes the result, streamed within a memory budget:
//   npx tsx examples/read-filter-write.ts IN OUT
// Without them a phantom is smoothed in a temporary folder.
import { gaussian, pipe, rescaleIntensity, Volume } from '../ts/index.ts'
import { phantomFile } from './phantom.ts'

const [input = await phantomFile(), output = input.replace(/(\.[a-z]+)+$/, '-smooth.nii.gz')] =
  process.argv.slice(2)

const smooth = pipe(input, gaussian({ sigma: 2 }), rescaleIntensity({ min: 0, max: 255, dtype: 'uint8' }))
await smooth.write(output, { memory: '64MiB', overwrite: true })

const result = await Volume.read(output)
console.log(`${output}: ${result.shape.join(' × ')} ${result.dtype}, indices ${result.orientation}`)
