// A signal SIGBUS that no map is the reason of ends the process, also once a file has been mapped.
import { writeFileSync } from 'node:fs'
import { Volume } from '../../../ts/index.ts'
import { niftiHeader } from '../../support/nifti-fixtures.ts'

const path = `${process.argv[2]}/one.nii`
writeFileSync(
  path,
  Buffer.concat([niftiHeader({ shape: [3, 4, 5], datatype: 2, voxelOffset: 352 }), Buffer.alloc(60)]),
)
const volume = Volume.map(path)
console.log(volume.get(0, 0, 0))
process.kill(process.pid, 'SIGBUS')
setTimeout(() => console.log('still here'), 5000)
