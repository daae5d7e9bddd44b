import * as assert from 'node:assert/strict'
import type { Volume } from '../../ts/volume/volume.ts'

const last = [0, 0, 0, 1]
/** Affines of the base in each of these orientations. */
export const affines = {
  LPI: [[-1, 0, 0, 90], [0, -2, 0, 91], [0, 0, -3, 109], last],
  ASR: [[0, 0, 1, 88], [2, 0, 0, 85], [0, 3, 0, 97], last],
  RAS: [[1, 0, 0, 88], [0, 2, 0, 85], [0, 0, 3, 97], last],
  RPI: [[1, 0, 0, 88], [0, -2, 0, 91], [0, 0, -3, 109], last],
  IPL: [[0, 0, -1, 90], [0, -2, 0, 91], [-3, 0, 0, 109], last],
  LIP: [[-1, 0, 0, 90], [0, 0, -2, 91], [0, -3, 0, 109], last],
}
/** Storage mappings of the base in each of these orientations. */
export const mappings = {
  LPI: [[-1, 0, 0, 2], [0, -1, 0, 3], [0, 0, -1, 4], last],
  ASR: [[0, 1, 0, 0], [0, 0, 1, 0], [1, 0, 0, 0], last],
  RAS: [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], last],
}

/** What an example says of a volume; `at` is where the voxel of value 43 is found. */
export interface Expected {
  readonly shape: readonly number[]
  readonly strides: readonly number[]
  readonly offset: number
  readonly at?: readonly number[]
  readonly affine?: readonly (readonly number[])[]
  readonly memory?: string
  readonly mapping?: number[][]
}

/** Compares a volume with what its example says. */
export function checkExample(volume: Volume<'int16'>, expected: Expected): void {
  assert.deepEqual(volume.shape, expected.shape)
  assert.deepEqual(volume.strides, expected.strides)
  assert.equal(volume.offset, expected.offset)
  if (expected.at) {
    assert.equal(volume.get(...expected.at), 43)
    assert.deepEqual(volume.indexToWorld(expected.at), [89, 87, 100])
  }
  if (expected.affine) assert.deepEqual(volume.affine, expected.affine)
  if (expected.memory) assert.equal(volume.memoryOrientation, expected.memory)
  if (expected.mapping) assert.deepEqual(volume.storageMapping, expected.mapping)
  assert.equal(volume.storageOrientation?.slice(0, 3), 'RAS')
}
