// Builds the binary of this platform that travels in the package: prebuilds/PLATFORM-ARCH/.
import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { headersBesideNode, root } from './ensure-built.mjs'

const nodedir = process.env.npm_config_nodedir ?? headersBesideNode()
const env = { ...process.env, JOBS: 'max', ...(nodedir ? { npm_config_nodedir: nodedir } : {}) }
const prebuildify = createRequire(import.meta.url).resolve('prebuildify/bin.js')
const { status } = spawnSync(process.execPath, [prebuildify, '--napi', '--strip', '--tag-libc'], {
  cwd: root,
  env,
  stdio: 'inherit',
})
process.exitCode = status ?? 1
