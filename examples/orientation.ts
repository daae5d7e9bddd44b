// One file, three orientations: of the indices, of memory, and of the file. Turning moves no voxel.
import { Volume } from '../ts/index.ts'
import { phantom, phantomFile } from './phantom.ts'

const path = await phantomFile('phantom.nii')
await phantom().write(path, { storage: 'RAS', overwrite: true })

const volume = await Volume.read(path)
console.log(
  `indices ${volume.orientation}, memory ${volume.memoryOrientation}, file ${volume.storageOrientation}`,
)

const turned = volume.flipToOrientation('ASR')
console.log(
  `turned to ${turned.orientation}: ${turned.shape.join(' × ')}, strides ${turned.strides.join(' ')}`,
)

const here = volume.worldToIndex(turned.indexToWorld([3, 5, 7]))
console.log(`its voxel 3 5 7 is voxel ${here.map(Math.round).join(' ')} of the volume as read`)
