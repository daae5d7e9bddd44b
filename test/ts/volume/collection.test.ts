import * as assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { root } from '../../support/shared.ts'
import { suite } from '../../support/suite.ts'

const test = suite('volume/collection')

test('garbage volumes give their memory back, and an array that is held stays', () => {
  const script = join(root, 'test/support/collect-volumes.ts')
  const options = { cwd: root, encoding: 'utf8', timeout: 60_000 } as const
  const { stdout, stderr } = spawnSync(process.execPath, ['--expose-gc', '--import', 'tsx', script], options)
  assert.notEqual(stdout, '', stderr)
  assert.deepEqual(JSON.parse(stdout), { afterGarbage: 0, array: [32_768, 4], wrappedIsGone: true })
})

test.run()
