import * as assert from 'node:assert/strict'
import { Volume } from '../../../ts/index.ts'
import type { Info } from '../../../ts/pipeline/info.ts'
import { regionBytes } from '../../../ts/pipeline/patch.ts'
import { samplerOf } from '../../../ts/pipeline/sampler.ts'
import { warpRooms } from '../../../ts/pipeline/warp-rooms.ts'
import type { Region } from '../../../ts/volume/region.ts'
import { suite } from '../../support/suite.ts'

const test = suite('pipeline/warp-rooms')
const mebi = 2 ** 20
const fieldBytes = 1000
const shape = [256, 256, 128]
const { geometry, header } = Volume.describe({ shape, dtype: 'float32' })
const input: Info = { shape, dtype: 'float32', components: 1, geometry, header }
const whole = { start: [0, 0, 0], shape }

for (const interpolation of ['nearest', 'linear', 'cubic'] as const)
  test(`what ${interpolation} voxels take keeps within the room, of which there may be any`, () => {
    const sampler = samplerOf(input, input, [0, 1, 2], { interpolation, outsideValue: 0 })
    const unwarped = { fieldBytes: () => fieldBytes, unmoved: (region: Region) => region }
    const { roomFor } = warpRooms(input, sampler, unwarped)
    const taken = (room: number) => {
      const { read, beside, voxels } = roomFor(whole, room)
      return { read, all: beside + regionBytes({ components: 1, dtype: sampler.read }, voxels) }
    }
    // With less, what is worth being read takes more than there is.
    for (let room = 16 * mebi; room < 256 * mebi; room += mebi) {
      const { read, all } = taken(room)
      assert.ok(all <= room - fieldBytes, `${all} bytes in ${room}`)
      assert.ok(read >= Math.min(room / 8, 32 * mebi), `${read} bytes are read in ${room}`)
    }
  })

test.run()
