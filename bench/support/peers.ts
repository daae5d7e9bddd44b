import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { root, scratch } from './folder.ts'
import { type PeerProcess, type PeerTask, startPeer } from './peer-process.ts'
import type { TestVolume } from './test-volume.ts'

/** A competitor by a name without its version. */
export type PeerKey =
  | 'ITK'
  | 'NumPy'
  | 'SciPy'
  | 'OpenCV'
  | 'scikit-image'
  | 'VTK'
  | 'nibabel'
  | 'torch'
  | 'vigra'
  | 'JavaScript'
  | 'ndarray'
  | 'itk-wasm'
  | 'nifti-reader-js'

/** A competitor that is installed here. */
export interface Peer {
  readonly key: PeerKey
  /** With its version: `ITK 5.2.1`. */
  readonly name: string
  readonly isThreaded: boolean
  knows(operation: string, volume: TestVolume): boolean
  start(task: PeerTask, volume: TestVolume, threads: number): Promise<PeerProcess>
}

// What a peer's program answers to --about. Operations are named alone, or with the one element type they take.
interface About {
  readonly name: string
  readonly threaded: boolean
  readonly operations: readonly string[]
}

type Command = readonly string[]

function output(program: string, ...args: string[]): { readonly ok: boolean; readonly text: string } {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' })
  return { ok: status === 0, text: status === 0 ? stdout.trim() : `${stdout ?? ''}${stderr ?? ''}`.trim() }
}

function itkCommands(): readonly Command[] {
  const folder = scratch('itk')
  if (!output('cmake', '--version').ok) return []
  const configured = output('cmake', '-S', join(root, 'bench/peers/itk'), '-B', folder)
  if (!configured.ok) {
    if (configured.text.includes('Could not find a package configuration file provided by "ITK"')) return []
    throw new Error(configured.text)
  }
  const built = output('cmake', '--build', folder)
  if (!built.ok) throw new Error(built.text)
  return [[join(folder, 'itk_peer')]]
}

// The Python in use, then the system's: whichever has the library.
function pythonCommands(library: string): readonly Command[] {
  const script = join(root, 'bench/peers/python/peer.py')
  return ['python3', '/usr/bin/python3'].map((python) => [python, script, '--library', library])
}

function nodeCommands(library: string): readonly Command[] {
  return [[process.execPath, join(root, 'bench/peers/node/peer.mjs'), '--library', library]]
}

const candidates: Readonly<Record<PeerKey, () => readonly Command[]>> = {
  ITK: itkCommands,
  VTK: () => pythonCommands('vtk'),
  OpenCV: () => pythonCommands('opencv'),
  NumPy: () => pythonCommands('numpy'),
  SciPy: () => pythonCommands('scipy'),
  'scikit-image': () => pythonCommands('skimage'),
  torch: () => pythonCommands('torch'),
  vigra: () => pythonCommands('vigra'),
  nibabel: () => pythonCommands('nibabel'),
  JavaScript: () => nodeCommands('loops'),
  ndarray: () => nodeCommands('ndarray'),
  'itk-wasm': () => nodeCommands('itk-wasm'),
  'nifti-reader-js': () => nodeCommands('nifti-reader'),
}

function peerOf(key: PeerKey, commands: readonly Command[]): Peer | undefined {
  for (const command of commands) {
    const [program, ...first] = command as [string, ...string[]]
    const { ok, text } = output(program, ...first, '--about')
    if (!ok) continue
    const { name, threaded, operations } = JSON.parse(text) as About
    return {
      key,
      name,
      isThreaded: threaded,
      knows: (operation, { dtype }) =>
        operations.includes(operation) || operations.includes(`${operation} ${dtype}`),
      start: (task, volume, threads) => startPeer(command, task, volume, threads),
    }
  }
  return undefined
}

let found: { readonly installed: readonly Peer[]; readonly missing: readonly PeerKey[] } | undefined

function search() {
  const asked = Object.entries(candidates) as [PeerKey, () => readonly Command[]][]
  const peers = asked.map(([key, commands]) => ({ key, peer: peerOf(key, commands()) }))
  const installed = peers.flatMap(({ peer }) => peer ?? [])
  const missing = peers.filter(({ peer }) => !peer).map(({ key }) => key)
  if (missing.length > 0) console.error(`not installed, so left out: ${missing.join(', ')}`)
  return { installed, missing }
}

/** The competitors that are installed, built where need be. */
export function installedPeers(): readonly Peer[] {
  found ??= search()
  return found.installed
}

/** The competitors that are not. */
export function missingPeers(): readonly PeerKey[] {
  found ??= search()
  return found.missing
}
