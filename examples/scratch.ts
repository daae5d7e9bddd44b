// Volumes that do not fit in memory: their pages go to files without names in a folder of yours.
import { tmpdir } from 'node:os'
import { counters, gaussian, pipe, scratch, Volume } from '../ts/index.ts'

// From here on volumes may take 8 MiB of memory together; the next ones lie in files.
console.log('scratch files:', scratch({ folder: tmpdir(), above: '8MiB' }))

using small = Volume.create({ shape: [128, 128, 100], dtype: 'uint8' })
using large = Volume.create({ shape: [256, 256, 100], dtype: 'int16' })
console.log('in a file:', small.isScratch, large.isScratch)

large.data.fill(100, 0, 1000)
using smooth = await pipe(large, gaussian({ sigma: 2 })).compute()
console.log('the result, too:', smooth.isScratch, Number(smooth.get(0, 0, 0)).toFixed(1))
console.log('MiB in memory and in files:', counters().live >> 20, counters().scratch >> 20)

// New volumes stay in memory again.
scratch(null)
