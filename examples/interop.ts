// A volume as an ndarray, in the same memory, and as the bytes of a NumPy file, there and back.
import ndarray from 'ndarray'
import { fromNpy, toNdarray, toNpy } from '../ts/interop/index.ts'
import { phantom } from './phantom.ts'

const volume = phantom()
const array = toNdarray(volume, ndarray)
array.set(31, 23, 19, -1)
console.log('the volume sees the ndarray:', volume.get(31, 23, 19))

const { affine, orientation } = volume
const back = await fromNpy(await toNpy(volume), { affine, orientation })
console.log(`a .npy file of ${back.shape.join(' × ')} ${back.dtype} is the same:`, await back.equals(volume))
