import * as assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { simd, versions } from '../../../ts/index.ts'
import { root } from '../../support/shared.ts'
import { suite } from '../../support/suite.ts'

const test = suite('pipeline/versions')

test('versions name the package, Node.js and the instruction sets that can be chosen', () => {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  assert.deepEqual([versions.voxline, versions.node], [version, process.version.slice(1)])
  assert.ok(versions.nodeApi >= 9)
  const before = simd()
  for (const level of versions.simd) assert.equal(simd(level), level)
  simd(before)
})

test.run()
