import { readFileSync } from 'node:fs'
import * as nifti from 'nifti-reader-js'

export const name = 'nifti-reader-js'

function read(path) {
  const bytes = readFileSync(path)
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length)
  const plain = nifti.isCompressed(file) ? nifti.decompress(file) : file
  return new Int16Array(nifti.readImage(nifti.readHeader(plain), plain))
}

export const operations = { readNii: read, readNiiGz: read }
